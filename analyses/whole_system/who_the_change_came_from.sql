-- Which ages, wards and routes did the change in unplanned care come from?
with turning_points as (
    select * from {{ ref('fct_unplanned_care_turning_point') }}
    where geography_type = 'city'
),

parts as (
    select * from {{ ref('fct_unplanned_care_contribution') }}
)

select
    turning_points.measure,
    turning_points.finding,
    turning_points.turning_month_date,
    parts.dimension,
    count(parts.part) as parts,
    sum(
        case
            when parts.change_count_lower > 0 or parts.change_count_upper < 0 then 1
            else 0
        end
    ) as parts_beyond_chance
from turning_points
left join parts
    on
        turning_points.measure = parts.measure
        and turning_points.turning_point_number = parts.turning_point_number
group by
    turning_points.measure,
    turning_points.finding,
    turning_points.turning_month_date,
    parts.dimension
order by count(parts.part) desc, turning_points.measure asc, parts.dimension asc
