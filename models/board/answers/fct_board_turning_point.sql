with turning_points as (
    select * from {{ ref('int_board__turning_points') }}
),

measures as (
    select * from {{ ref('board_measures') }}
)

select
    turning_points.measure as measure_id,
    turning_points.neighbourhood_id,
    measures.measure_name,
    turning_points.finding,
    turning_points.change_kind,
    turning_points.turning_point_number,
    turning_points.month_count,
    turning_points.p_value,
    turning_points.level_change_percent,
    turning_points.level_change_percent_lower,
    turning_points.level_change_percent_upper,
    turning_points.slope_before_percent,
    turning_points.slope_after_percent,
    turning_points.turning_month_date,
    turning_points.turning_month_lower_date,
    turning_points.turning_month_upper_date
from turning_points
inner join measures on turning_points.measure = measures.measure_id
