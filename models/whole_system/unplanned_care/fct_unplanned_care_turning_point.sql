with turning_points as (
    select * from {{ ref('int_unplanned_care__turning_points') }}
),

areas as (
    select * from {{ ref('dim_neighbourhood') }}
),

placed as (
    select
        turning_points.measure,
        turning_points.neighbourhood_id,
        areas.geography_type,
        turning_points.finding,
        turning_points.change_kind,
        turning_points.comparator,
        turning_points.comparator_reading,
        turning_points.turning_point_number,
        turning_points.month_count,
        turning_points.p_value,
        turning_points.q_value,
        cast(turning_points.observed_count as bigint) as observed_count,
        turning_points.expected_count,
        {%- for estimate in [
            'slope_before_percent', 'slope_after_percent', 'level_change_percent',
            'events_change_count', 'events_change_percent',
            'comparator_change_percent', 'change_beyond_comparator_percent'
        ] %}
            turning_points.{{ estimate }},
            turning_points.{{ estimate }}_lower,
            turning_points.{{ estimate }}_upper,
        {%- endfor %}
        turning_points.dispersion,
        turning_points.turning_month_date,
        turning_points.turning_month_lower_date,
        turning_points.turning_month_upper_date,
        turning_points.returned_month_date,
        turning_points.returned_month_lower_date,
        turning_points.returned_month_upper_date,
        turning_points.first_month_date,
        turning_points.last_month_date
    from turning_points
    inner join areas on turning_points.neighbourhood_id = areas.neighbourhood_id
)

select * from placed
