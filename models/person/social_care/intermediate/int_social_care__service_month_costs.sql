with services as (
    select
        person_id,
        lsoa_code,
        cost_gbp / service_days as daily_cost_gbp,
        start_date as from_date,
        coalesce({{ add_days('end_date', 1) }}, {{ add_days(as_of_date(), 1) }})
            as until_date
    from {{ ref('fct_social_care_service') }}
    where cost_gbp is not null and service_days > 0
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

-- Otherwise a service that runs for years would put its whole cost into its first
-- month.
month_parts as (
    select
        services.person_id,
        services.lsoa_code,
        months.month_start_date,
        services.daily_cost_gbp,
        greatest(services.from_date, months.month_start_date) as from_date,
        least(services.until_date, months.until_date) as until_date
    from services
    inner join months
        on
            services.from_date < months.until_date
            and services.until_date > months.month_start_date
)

select
    person_id,
    lsoa_code,
    month_start_date,
    sum(
        cast(
            daily_cost_gbp * {{ dbt.datediff('from_date', 'until_date', 'day') }}
            as decimal(18, 4)
        )
    ) as cost_gbp
from month_parts
group by person_id, lsoa_code, month_start_date
