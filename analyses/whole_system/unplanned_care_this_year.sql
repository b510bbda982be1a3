-- What do the control charts of unplanned care say about the last twelve months?
with months as (
    select * from {{ ref('fct_unplanned_care_month') }}
    where geography_type = 'city' and is_complete_month and chart_type = 'XmR'
)

select
    measure,
    month_start_date,
    event_count,
    round(adjusted_rate_per_1000, 1) as adjusted_rate_per_1000,
    round(centre_rate_per_1000, 1) as centre_rate_per_1000,
    round(lower_limit_rate_per_1000, 1) as lower_limit_rate_per_1000,
    round(upper_limit_rate_per_1000, 1) as upper_limit_rate_per_1000,
    special_cause
from months
where
    month_start_date
    > (
        select {{ dbt.dateadd('month', -12, 'max(latest.month_start_date)') }}
        from months as latest
    )
order by measure, month_start_date
