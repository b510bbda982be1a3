{%- set z = 1.959964 -%}
{%- set period = 'metric_set_year, metric_code, neighbourhood_id, financial_year, '
    ~ 'period_type, period_quarter' -%}

with metrics as (
    select * from {{ ref('bcf_metrics') }}
    where metric_set_year in ({{ bcf_metric_sets(ref('bcf_metrics')) }})
),

metric_quarters as (
    select * from {{ ref('int_better_care_fund__metric_quarters') }}
),

plans as (
    select * from {{ ref('stg_better_care_fund__metric_plans') }}
),

-- A quarter counts for itself and, unless a sample stands for it, for its year.
counted as (
    select
        *,
        'quarter' as period_type,
        quarter as period_quarter,
        1 as quarters_due
    from metric_quarters
    union all
    select
        *,
        'year' as period_type,
        cast(null as integer) as period_quarter,
        case when sample_quarter is null then 4 else 1 end as quarters_due
    from metric_quarters
    where coalesce(sample_quarter, quarter) = quarter
),

periods as (
    select
        {{ period }},
        cast(sum(amount) as bigint) as amount,
        cast(sum(squared_amount) as double) as squared_amount,
        cast(sum(base) as bigint) as base,
        sum(observed_days) as observed_days,
        count(*) = max(quarters_due) and bool_and(is_complete) as is_complete_period,
        min(quarter_start_date) as period_start_date
    from counted
    group by {{ period }}
),

described as (
    select
        periods.*,
        metrics.metric_name,
        metrics.value_kind,
        metrics.polarity,
        coalesce(
            metrics.unavailable_reason,
            case when periods.base = 0 then metrics.empty_reason end
        ) as no_value_reason,
        -- What one of the amount adds to the value.
        case
            when metrics.unavailable_reason is not null or periods.base = 0 then null
            when metrics.value_kind in ('share', 'mean') then 1.0 / periods.base
            else 100000.0 * periods.observed_days / periods.base
        end as unit_value
    from periods
    inner join metrics
        on
            periods.metric_set_year = metrics.metric_set_year
            and periods.metric_code = metrics.metric_code
),

-- How far chance may take days, by how much they vary from one delay to the next: where
-- nothing varies nobody can tell. Counts and shares have limits of their own.
reaching as (
    select
        *,
        {{ z }} * nullif(sqrt(
            case value_kind
                when 'days_rate' then squared_amount
                when 'mean'
                    then
                        greatest(squared_amount * base - 1.0 * amount * amount, 0.0)
                        / nullif(base - 1, 0)
            end
        ), 0.0) as reach
    from described
),

limited as (
    select
        *,
        case value_kind
            when 'rate' then {{ poisson_limit('amount', 'lower') }}
            when 'share' then base * {{ wilson_bound('amount', 'base', 'lower') }}
            else case when amount < reach then 0 else amount - reach end
        end as amount_lower,
        case value_kind
            when 'rate' then {{ poisson_limit('amount', 'upper') }}
            when 'share' then base * {{ wilson_bound('amount', 'base', 'upper') }}
            else amount + reach
        end as amount_upper
    from reaching
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
        limited.neighbourhood_id like 'city:%'
        and limited.metric_code = plans.metric_code
        and limited.financial_year = plans.financial_year
        and plans.quarter is null
left join plans as trajectories
    on
        limited.neighbourhood_id like 'city:%'
        and limited.metric_code = trajectories.metric_code
        and limited.financial_year = trajectories.financial_year
        and limited.period_quarter = trajectories.quarter
