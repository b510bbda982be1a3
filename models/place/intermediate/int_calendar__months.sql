with days as (
    select * from {{ ref('int_calendar__days') }}
)

select
    month_start_date,
    cast({{ dbt.dateadd('month', 1, 'month_start_date') }} as date)
        as until_date,
    cast({{ add_days('month_start_date', 14) }} as date) as mid_month_date,
    cast(count(*) as integer) as day_count,
    max(day_date) = {{ dbt.last_day('month_start_date', 'month') }} as is_complete
from days
group by month_start_date
