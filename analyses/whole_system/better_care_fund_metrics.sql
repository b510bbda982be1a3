-- Where does the city stand against its Better Care Fund plan?
with cities as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'city'
)

select
    metrics.metric_set_year,
    metrics.metric_name,
    metrics.financial_year,
    metrics.value_kind,
    round(metrics.metric_value, 2) as metric_value,
    round(metrics.metric_value_lower, 2) as metric_value_lower,
    round(metrics.metric_value_upper, 2) as metric_value_upper,
    metrics.plan_value,
    metrics.no_value_reason
from {{ ref('fct_bcf_metric') }} as metrics
inner join cities on metrics.neighbourhood_id = cities.neighbourhood_id
where metrics.period_type = 'year'
order by
    metrics.financial_year desc, metrics.metric_set_year asc, metrics.metric_name asc
