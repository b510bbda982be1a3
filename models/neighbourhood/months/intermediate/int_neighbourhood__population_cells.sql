with population_changes as (
    select * from {{ ref('int_neighbourhood__population_changes') }}
),

setting_days as (
    select * from {{ ref('int_person_time__setting_days') }}
),

ranges as (
    select * from {{ ref('int_person_time__area_month_ranges') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

changes as (
    select
        small_area_code,
        area_basis,
        age_band,
        sex,
        sum(whole_month_change) as whole_month_change,
        sum(part_month_persons) as part_month_persons,
        sum(part_month_days) as part_month_days,
        month_start_date
    from population_changes
    group by small_area_code, area_basis, age_band, sex, month_start_date
),

cells as (
    select distinct
        small_area_code,
        area_basis,
        age_band,
        sex
    from changes
),

-- People of whole months stay until they leave, so their changes are added up.
people as (
    select
        cells.small_area_code,
        cells.area_basis,
        cells.age_band,
        cells.sex,
        sum(coalesce(changes.whole_month_change, 0)) over (
            partition by
                cells.small_area_code, cells.area_basis, cells.age_band, cells.sex
            order by months.month_start_date
            rows between unbounded preceding and current row
        ) as whole_month_persons,
        coalesce(changes.part_month_persons, 0) as part_month_persons,
        coalesce(changes.part_month_days, 0) as part_month_days,
        {{ dbt.datediff('months.month_start_date', 'months.until_date', 'day') }}
            as month_days,
        months.month_start_date
    from cells
    cross join months
    left join changes
        on
            cells.small_area_code = changes.small_area_code
            and cells.area_basis = changes.area_basis
            and cells.age_band = changes.age_band
            and cells.sex = changes.sex
            and months.month_start_date = changes.month_start_date
),

placed_days as (
    select
        ranges.small_area_code,
        ranges.area_basis,
        coalesce(
            {{ age_band(
                age_on('setting_days.month_start_date', 'ranges.birth_month')
            ) }},
            'unknown'
        ) as age_band,
        persons.sex,
        setting_days.hospital_days,
        setting_days.community_bed_days,
        setting_days.care_home_days,
        setting_days.month_start_date
    from setting_days
    inner join ranges
        on
            setting_days.person_id = ranges.person_id
            and setting_days.area_basis = ranges.area_basis
            and setting_days.month_start_date >= ranges.first_month
            and setting_days.month_start_date < ranges.until_month
    inner join persons on setting_days.person_id = persons.person_id
),

days as (
    select
        small_area_code,
        area_basis,
        age_band,
        sex,
        sum(hospital_days) as hospital_days,
        sum(community_bed_days) as community_bed_days,
        sum(care_home_days) as care_home_days,
        month_start_date
    from placed_days
    group by small_area_code, area_basis, age_band, sex, month_start_date
),

counted as (
    select
        people.small_area_code,
        people.area_basis,
        people.age_band,
        people.sex,
        people.whole_month_persons + people.part_month_persons as person_count,
        people.whole_month_persons * people.month_days + people.part_month_days
            as person_days,
        coalesce(days.hospital_days, 0) as hospital_days,
        coalesce(days.community_bed_days, 0) as community_bed_days,
        coalesce(days.care_home_days, 0) as care_home_days,
        people.month_start_date
    from people
    left join days
        on
            people.small_area_code = days.small_area_code
            and people.area_basis = days.area_basis
            and people.age_band = days.age_band
            and people.sex = days.sex
            and people.month_start_date = days.month_start_date
)

select
    small_area_code,
    area_basis,
    age_band,
    sex,
    cast(person_count as bigint) as person_count,
    cast(person_days as bigint) as person_days,
    cast(
        person_days - hospital_days - community_bed_days - care_home_days as bigint
    ) as own_home_days,
    cast(hospital_days as bigint) as hospital_days,
    cast(community_bed_days as bigint) as community_bed_days,
    cast(care_home_days as bigint) as care_home_days,
    month_start_date
from counted
where person_count > 0
