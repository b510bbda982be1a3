-- Has unplanned care slowed down, and since when?
select
    measure,
    finding,
    change_kind,
    turning_month_date,
    round(events_change_percent, 1) as events_change_percent,
    round(events_change_percent_lower, 1) as events_change_percent_lower,
    round(events_change_percent_upper, 1) as events_change_percent_upper,
    comparator_reading
from {{ ref('fct_unplanned_care_turning_point') }}
where geography_type = 'city'
order by measure, turning_point_number
