with person_months as (
    select * from {{ ref('fct_person_month') }}
),

registered_months as (
    select * from {{ ref('int_person_time__area_months') }}
    where area_basis = 'registration'
),

setting_days as (
    select * from {{ ref('int_person_time__setting_days') }}
    where area_basis = 'registration'
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

placed as (
    select
        person_id,
        lsoa_code as small_area_code,
        'residence' as area_basis,
        age_band,
        resident_days as person_days,
        own_home_days,
        hospital_days,
        community_bed_days,
        care_home_days,
        month_start_date
    from person_months
    union all
    select
        registered_months.person_id,
        registered_months.small_area_code,
        registered_months.area_basis,
        {{ age_band('registered_months.age_years') }} as age_band,
        registered_months.day_count as person_days,
        registered_months.day_count
        - coalesce(setting_days.hospital_days, 0)
        - coalesce(setting_days.community_bed_days, 0)
        - coalesce(setting_days.care_home_days, 0) as own_home_days,
        setting_days.hospital_days,
        setting_days.community_bed_days,
        setting_days.care_home_days,
        registered_months.month_start_date
    from registered_months
    left join setting_days
        on
            registered_months.person_id = setting_days.person_id
            and registered_months.month_start_date = setting_days.month_start_date
),

-- Nothing is asked about ethnic groups of practices.
grouped as (
    select
        placed.*,
        persons.sex,
        case when placed.area_basis = 'residence' then persons.ethnic_group end
            as ethnic_group
    from placed
    inner join persons on placed.person_id = persons.person_id
)

select
    small_area_code,
    area_basis,
    coalesce(age_band, 'unknown') as age_band,
    sex,
    ethnic_group,
    count(*) as person_count,
    cast(sum(person_days) as bigint) as person_days,
    cast(sum(own_home_days) as bigint) as own_home_days,
    cast(sum(hospital_days) as bigint) as hospital_days,
    cast(sum(community_bed_days) as bigint) as community_bed_days,
    cast(sum(care_home_days) as bigint) as care_home_days,
    month_start_date
from grouped
group by
    small_area_code,
    area_basis,
    coalesce(age_band, 'unknown'),
    sex,
    ethnic_group,
    month_start_date
