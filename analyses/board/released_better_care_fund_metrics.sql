-- What may be said in public about the Better Care Fund metrics?
select
    measure_name,
    period_start_date,
    released_count,
    rate_unit,
    round(rate, 1) as rate,
    round(rate_lower, 1) as rate_lower,
    round(rate_upper, 1) as rate_upper,
    null_reason
from {{ ref('fct_board_bcf_metric') }}
where geography_type = 'city'
order by measure_name, period_start_date
