-- What may be said in public about inequality?
with figures as (
    select * from {{ ref('fct_board_inequality') }}
)

select
    measure_name,
    rate_unit,
    round(most_deprived_rate, 1) as most_deprived_rate,
    round(least_deprived_rate, 1) as least_deprived_rate,
    round(sii, 1) as slope_index,
    round(sii_lower, 1) as slope_index_lower,
    round(sii_upper, 1) as slope_index_upper,
    null_reason
from figures
where period_start_date = (select max(latest.period_start_date) from figures as latest)
order by measure_name
