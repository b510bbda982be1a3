with metrics as (
    select * from {{ ref('fct_bcf_metric') }}
    where
        metric_set_year = '2025/26'
        and period_type = 'quarter'
        and neighbourhood_id like 'ward:%'
),

neighbourhood_months as (
    select * from {{ ref('fct_neighbourhood_month') }}
    where
        age_band >= '65'
        and age_band <> 'unknown'
        and neighbourhood_id like 'ward:%'
),

counted as (
    select
        neighbourhood_id,
        cast(date_trunc('quarter', month_start_date) as date) as period_start_date,
        sum(emergency_admission_count) as emergency_admissions,
        sum(new_long_term_admission_count) as long_term_admissions
    from neighbourhood_months
    group by
        neighbourhood_id,
        cast(date_trunc('quarter', month_start_date) as date)
)

select
    metrics.neighbourhood_id,
    metrics.metric_code,
    metrics.period_start_date,
    metrics.amount,
    counted.emergency_admissions,
    counted.long_term_admissions
from metrics
left join counted
    on
        metrics.neighbourhood_id = counted.neighbourhood_id
        and metrics.period_start_date = counted.period_start_date
where
    metrics.metric_code = 'emergency_admissions_65_plus'
    and metrics.amount is distinct from counted.emergency_admissions
    or metrics.metric_code = 'long_term_admissions_65_plus'
    and metrics.amount is distinct from counted.long_term_admissions
