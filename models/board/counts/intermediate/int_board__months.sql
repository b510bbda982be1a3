with months as (
    select
        month_start_date,
        cast({{ dbt.dateadd(
            'month', 3, dbt.date_trunc(
                'year', dbt.dateadd('month', -3, 'month_start_date')
            )
        ) }} as date) as financial_year_start_date
    from {{ ref('int_calendar__months') }}
    where is_complete
),

-- A year and a part of it would give away the difference: whole years only.
whole_years as (
    select financial_year_start_date
    from months
    group by financial_year_start_date
    having count(*) = 12
)

select
    months.month_start_date,
    months.financial_year_start_date
from months
inner join whole_years
    on months.financial_year_start_date = whole_years.financial_year_start_date
