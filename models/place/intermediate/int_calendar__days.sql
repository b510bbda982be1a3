-- 20,000 days are 54 years, more than any feed covers.
with numbers as (
    {{ dbt.generate_series(20000) }}
),

days as (
    select
        cast(
            {{ dbt.dateadd(
                'day',
                'cast(generated_number as integer) - 1',
                "cast('" ~ var('first_month') ~ "' as date)"
            ) }} as date
        ) as day_date
    from numbers
)

select
    day_date,
    cast(date_trunc('month', day_date) as date) as month_start_date
from days
where day_date <= {{ as_of_date() }}
