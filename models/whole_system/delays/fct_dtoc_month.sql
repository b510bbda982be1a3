with delay_days as (
    select * from {{ ref('fct_delay_day') }}
    where is_own_bed
),

persons as (
    select * from {{ ref('dim_person') }}
),

returns as (
    select * from {{ ref('fct_delay_return') }}
    where returned_days is not null
),

occupied as (
    select * from {{ ref('int_delays__occupied_bed_days') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

adults as (
    select sum(population) as adult_count
    from {{ ref('int_place__lsoa_populations') }}
    where age >= {{ var('adult_age_years') }}
),

organisations as (
    select distinct organisation_code from delay_days
),

-- The rate counts adult residents of the city. A person of unknown age is taken to be
-- an adult, as most people who are delayed are.
listed as (
    select
        delay_days.organisation_code,
        delay_days.month_start_date,
        count(*) as delayed_days,
        count(
            case
                when
                    lsoas.lsoa_code is not null
                    and coalesce(
                        {{ age_on('delay_days.delay_date', 'persons.birth_month') }}
                        >= {{ var('adult_age_years') }},
                        true
                    )
                    then 1
            end
        ) as rate_days
    from delay_days
    left join persons on delay_days.person_id = persons.person_id
    left join lsoas on delay_days.lsoa_code = lsoas.lsoa_code
    group by delay_days.organisation_code, delay_days.month_start_date
),

counted as (
    select
        'delay lists' as source,
        organisations.organisation_code,
        months.month_start_date,
        coalesce(listed.delayed_days, 0) as delayed_days,
        coalesce(listed.rate_days, 0) as rate_days
    from organisations
    cross join months
    left join listed
        on
            organisations.organisation_code = listed.organisation_code
            and months.month_start_date = listed.month_start_date
    union all
    -- The return gives neither age nor residence.
    select
        'return' as source,
        organisation_code,
        month_start_date,
        sum(returned_days) as delayed_days,
        sum(returned_days) as rate_days
    from returns
    group by organisation_code, month_start_date
),

with_city as (
    select * from counted
    union all
    select
        source,
        'city' as organisation_code,
        month_start_date,
        sum(delayed_days) as delayed_days,
        sum(rate_days) as rate_days
    from counted
    where organisation_code <> 'England'
    group by source, month_start_date
)

select
    with_city.source,
    with_city.organisation_code,
    cast(with_city.delayed_days as integer) as delayed_days,
    occupied.occupied_bed_days,
    cast(with_city.delayed_days as double)
    / extract(day from {{ dbt.last_day('with_city.month_start_date', 'month') }})
        as mean_daily_delayed_count,
    case
        when with_city.organisation_code = 'city'
            then 100000.0e0 * cast(with_city.rate_days as double) / adults.adult_count
    end as delayed_days_per_100k,
    cast(with_city.delayed_days as double) / nullif(occupied.occupied_bed_days, 0)
        as occupied_bed_days_share,
    coalesce(months.is_complete, true) as is_complete_month,
    with_city.month_start_date
from with_city
cross join adults
left join occupied
    on
        with_city.organisation_code = occupied.organisation_code
        and with_city.month_start_date = occupied.month_start_date
left join months on with_city.month_start_date = months.month_start_date
