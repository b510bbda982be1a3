with metrics as (
    select * from {{ ref('bcf_metrics') }}
    where metric_set_year in ({{ text_list(var('bcf_metric_sets')) }})
),

metric_quarters as (
    select * from {{ ref('int_better_care_fund__metric_quarters') }}
),

areas as (
    select * from {{ ref('dim_neighbourhood') }}
),

-- Every quarter has a row, and counts for its year too unless the metric takes one
-- quarter of the year as a sample.
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
        metric_set_year,
        metric_code,
        neighbourhood_id,
        financial_year,
        period_type,
        period_quarter,
        cast(sum(amount) as bigint) as amount,
        cast(sum(squared_amount) as double) as squared_amount,
        cast(sum(base) as bigint) as base,
        sum(observed_days) as observed_days,
        count(*) = max(quarters_due) and bool_and(is_complete) as is_complete_period,
        min(quarter_start_date) as period_start_date
    from counted
    group by
        metric_set_year,
        metric_code,
        neighbourhood_id,
        financial_year,
        period_type,
        period_quarter
),

described as (
    select
        periods.*,
        areas.geography_type,
        metrics.metric_name,
        metrics.value_kind,
        metrics.polarity,
        coalesce(
            metrics.unavailable_reason,
            case when periods.base = 0 then metrics.empty_reason end
        ) as no_value_reason,
        -- What one event, or one day, adds to the value.
        case
            when metrics.unavailable_reason is not null or periods.base = 0 then null
            when metrics.value_kind in ('share', 'mean') then 1.0e0 / periods.base
            else 100000.0e0 * periods.observed_days / periods.base
        end as unit_value
    from periods
    inner join metrics
        on
            periods.metric_set_year = metrics.metric_set_year
            and periods.metric_code = metrics.metric_code
    inner join areas on periods.neighbourhood_id = areas.neighbourhood_id
)

select
    metric_set_year,
    metric_code,
    neighbourhood_id,
    financial_year,
    period_type,
    geography_type,
    metric_name,
    value_kind,
    polarity,
    no_value_reason,
    period_quarter,
    amount,
    squared_amount,
    base,
    cast(unit_value as double) as unit_value,
    is_complete_period,
    period_start_date
from described
