with limited as (
    select * from {{ ref('int_better_care_fund__metric_limits') }}
),

plans as (
    select * from {{ ref('stg_better_care_fund__metric_plans') }}
)

select
    limited.metric_set_year,
    limited.metric_code,
    limited.neighbourhood_id,
    limited.financial_year,
    limited.period_type,
    limited.period_quarter,
    limited.metric_name,
    limited.value_kind,
    limited.polarity,
    limited.no_value_reason,
    limited.amount,
    limited.base,
    cast(limited.amount * limited.unit_value as double) as metric_value,
    cast(limited.amount_lower * limited.unit_value as double) as metric_value_lower,
    cast(limited.amount_upper * limited.unit_value as double) as metric_value_upper,
    cast(plans.planned_value as double) as plan_value,
    cast(trajectories.planned_value as double) as trajectory_value,
    limited.unit_value is not null as is_calculable,
    limited.is_complete_period,
    limited.period_start_date
from limited
left join plans
    on
        limited.geography_type = 'city'
        and limited.metric_code = plans.metric_code
        and limited.financial_year = plans.financial_year
        and plans.quarter is null
left join plans as trajectories
    on
        limited.geography_type = 'city'
        and limited.metric_code = trajectories.metric_code
        and limited.financial_year = trajectories.financial_year
        and limited.period_quarter = trajectories.quarter
