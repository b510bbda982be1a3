with ranges as (
    select * from {{ ref('int_person_time__area_month_ranges') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

calendar as (
    select
        min(month_start_date) as first_month,
        max(until_date) as until_month
    from months
),

-- Nothing is asked about ethnic groups of practices.
described as (
    select
        ranges.small_area_code,
        ranges.area_basis,
        persons.sex,
        case when ranges.area_basis = 'residence' then persons.ethnic_group end
            as ethnic_group,
        ranges.birth_month,
        ranges.day_count,
        greatest(ranges.first_month, calendar.first_month) as first_month,
        ranges.until_month
    from ranges
    inner join persons on ranges.person_id = persons.person_id
    cross join calendar
    where
        ranges.first_month < calendar.until_month
        and ranges.until_month > calendar.first_month
),

whole_months as (
    select * from described
    where day_count is null
),

-- Every fifth birthday, on which people change age band.
birthdays as (
    select
        whole_months.*,
        {{ age_on('months.month_start_date', 'whole_months.birth_month') }}
            as age_years,
        months.month_start_date
    from whole_months
    inner join months
        on
            (
                extract(year from whole_months.birth_month) * 12
                + extract(month from whole_months.birth_month)
            ) % 60
            = (
                extract(year from months.month_start_date) * 12
                + extract(month from months.month_start_date)
            ) % 60
            and whole_months.first_month < months.month_start_date
            and whole_months.until_month > months.month_start_date
),

changes as (
    select
        small_area_code,
        area_basis,
        {{ age_band(age_on('first_month', 'birth_month')) }} as age_band,
        sex,
        ethnic_group,
        1 as whole_month_change,
        0 as part_month_persons,
        0 as part_month_days,
        first_month as month_start_date
    from whole_months
    union all
    select
        small_area_code,
        area_basis,
        {{ age_band(age_on(
            'cast(' ~ dbt.dateadd('month', -1, 'until_month') ~ ' as date)',
            'birth_month'
        )) }} as age_band,
        sex,
        ethnic_group,
        -1 as whole_month_change,
        0 as part_month_persons,
        0 as part_month_days,
        until_month as month_start_date
    from whole_months
    where until_month < (select calendar.until_month from calendar)
    union all
    select
        small_area_code,
        area_basis,
        {{ age_band('age_years') }} as age_band,
        sex,
        ethnic_group,
        1 as whole_month_change,
        0 as part_month_persons,
        0 as part_month_days,
        month_start_date
    from birthdays
    where age_years between 5 and 90
    union all
    select
        small_area_code,
        area_basis,
        {{ age_band('age_years - 1') }} as age_band,
        sex,
        ethnic_group,
        -1 as whole_month_change,
        0 as part_month_persons,
        0 as part_month_days,
        month_start_date
    from birthdays
    where age_years between 5 and 90
    union all
    select
        small_area_code,
        area_basis,
        {{ age_band(age_on('first_month', 'birth_month')) }} as age_band,
        sex,
        ethnic_group,
        0 as whole_month_change,
        1 as part_month_persons,
        day_count as part_month_days,
        first_month as month_start_date
    from described
    where day_count is not null
)

select
    small_area_code,
    area_basis,
    coalesce(age_band, 'unknown') as age_band,
    sex,
    ethnic_group,
    cast(sum(whole_month_change) as bigint) as whole_month_change,
    cast(sum(part_month_persons) as bigint) as part_month_persons,
    cast(sum(part_month_days) as bigint) as part_month_days,
    month_start_date
from changes
group by
    small_area_code,
    area_basis,
    coalesce(age_band, 'unknown'),
    sex,
    ethnic_group,
    month_start_date
