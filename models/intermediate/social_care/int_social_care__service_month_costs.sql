with services as (
    select * from {{ ref('fct_social_care_service') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

-- An open-ended service would otherwise put years of cost into the month it began.
shared_out as (
    select
        services.person_id,
        services.lsoa_code,
        months.month_start_date,
        services.cost_gbp / services.service_days as daily_cost_gbp,
        greatest(services.start_date, months.month_start_date) as first_date,
        least(
            coalesce({{ add_days('services.end_date', 1) }}, {{
                add_days(as_of_date(), 1)
            }}),
            months.next_month_start_date
        ) as until_date
    from services
    inner join months
        on
            services.start_date < months.next_month_start_date
            and coalesce(services.end_date, {{ as_of_date() }})
            >= months.month_start_date
    where services.cost_gbp is not null and services.service_days > 0
)

select
    person_id,
    lsoa_code,
    month_start_date,
    sum(
        cast(
            daily_cost_gbp * {{ dbt.datediff('first_date', 'until_date', 'day') }}
            as decimal(18, 4)
        )
    ) as cost_gbp
from shared_out
group by person_id, lsoa_code, month_start_date
