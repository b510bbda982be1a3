-- Since when have the released series changed?
select
    measure_name,
    finding,
    month_count,
    turning_month_date,
    round(level_change_percent, 1) as level_change_percent,
    round(level_change_percent_lower, 1) as level_change_percent_lower,
    round(level_change_percent_upper, 1) as level_change_percent_upper
from {{ ref('fct_board_turning_point') }}
order by measure_name, turning_point_number
