-- What does the city's control chart of A&E attendances say?
select
    month_start_date,
    released_count,
    round(adjusted_rate_per_1000, 1) as adjusted_rate_per_1000,
    round(centre_rate_per_1000, 1) as centre_rate_per_1000,
    round(lower_limit_rate_per_1000, 1) as lower_limit_rate_per_1000,
    round(upper_limit_rate_per_1000, 1) as upper_limit_rate_per_1000,
    variation
from {{ ref('fct_board_month') }}
where measure_name = 'A&E attendances'
order by month_start_date desc
