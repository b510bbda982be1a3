with turning_points as (
    select * from {{ ref('fct_unplanned_care_turning_point') }}
    where geography_type = 'city' and turning_point_number > 0
),

part_counts as (
    select * from {{ ref('int_unplanned_care__part_counts') }}
),

-- What the part would have at its old rate, before scaling to the city's expected
-- count.
weighed as (
    select
        measure,
        turning_point_number,
        dimension,
        part,
        coalesce(before_count, 0) as before_count,
        coalesce(since_count, 0) as since_count,
        coalesce(before_case_count, 0) as before_case_count,
        coalesce(before_count, 0)
        * case
            when before_days > 0 and since_days > 0
                then cast(since_days as double) / before_days
            else 1
        end as weight
    from part_counts
    where before_count > 0 or since_count > 0
),

-- Conditions and routes have no person-days, so they are taken to grow with the city.
shared as (
    select
        *,
        sum(cast(weight as decimal(30, 6))) over (
            partition by measure, turning_point_number, dimension
        ) as all_weight
    from weighed
),

expected as (
    select
        shared.measure,
        shared.turning_point_number,
        shared.dimension,
        shared.part,
        shared.before_count,
        shared.since_count,
        shared.before_case_count,
        turning_points.expected_count * shared.weight / shared.all_weight
            as expected_count,
        turning_points.events_change_count as city_change_count,
        turning_points.dispersion,
        turning_points.turning_month_date
    from shared
    inner join turning_points
        on
            shared.measure = turning_points.measure
            and shared.turning_point_number = turning_points.turning_point_number
),

-- A percentage of a handful of stays says nothing, however many nights they lasted.
changed as (
    select
        *,
        since_count - expected_count as change_count,
        case
            when expected_count = 0 then 'no events expected'
            when
                before_case_count < {{ var('minimum_part_cases') }}
                or before_case_count * expected_count / before_count
                < {{ var('minimum_part_cases') }}
                then 'fewer than the minimum attendances or stays'
        end as change_percent_null_reason,
        1.96e0 * sqrt(
            dispersion
            * (
                since_count
                + expected_count * expected_count / greatest(before_count, 1)
            )
        ) as half_width
    from expected
)

select
    measure,
    dimension,
    part,
    change_percent_null_reason,
    cast(turning_point_number as integer) as turning_point_number,
    before_case_count,
    before_count,
    since_count,
    expected_count,
    change_count,
    change_count - half_width as change_count_lower,
    change_count + half_width as change_count_upper,
    case
        when change_percent_null_reason is null
            then 100 * change_count / expected_count
    end as change_percent,
    case
        when change_percent_null_reason is null
            then 100 * (change_count - half_width) / expected_count
    end as change_percent_lower,
    case
        when change_percent_null_reason is null
            then 100 * (change_count + half_width) / expected_count
    end as change_percent_upper,
    change_count / nullif(city_change_count, 0) as change_share,
    turning_month_date
from changed
