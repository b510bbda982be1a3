with turning_points as (
    select * from {{ ref('fct_unplanned_care_turning_point') }}
    where geography_type = 'city' and turning_point_number > 0
),

dimensions as (
    select 'ward' as dimension
    union all
    select 'age group' as dimension
    union all
    select 'condition' as dimension
    union all
    select 'route' as dimension
),

parts as (
    select
        measure,
        turning_point_number,
        dimension,
        sum(since_count) as since_count,
        sum(change_count) as change_count
    from {{ ref('fct_unplanned_care_contribution') }}
    group by measure, turning_point_number, dimension
)

select
    turning_points.measure,
    turning_points.turning_point_number,
    dimensions.dimension,
    turning_points.observed_count,
    parts.since_count,
    turning_points.events_change_count,
    parts.change_count
from turning_points
cross join dimensions
left join parts
    on
        turning_points.measure = parts.measure
        and turning_points.turning_point_number = parts.turning_point_number
        and dimensions.dimension = parts.dimension
where
    turning_points.observed_count is distinct from parts.since_count
    or coalesce(
        abs(turning_points.events_change_count - parts.change_count) > 0.01e0, true
    )
