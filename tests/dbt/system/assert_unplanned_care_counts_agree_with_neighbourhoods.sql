with unplanned_care as (
    select
        neighbourhood_id,
        month_start_date,
        sum(event_count) filter (where measure = 'unplanned_attendance')
            as unplanned_attendance_count,
        sum(event_count) filter (where measure = 'emergency_admission')
            as emergency_admission_count
    from {{ ref('fct_unplanned_care_month') }}
    where geography_type = 'city'
    group by neighbourhood_id, month_start_date
),

neighbourhood_months as (
    select
        neighbourhood_id,
        month_start_date,
        sum(unplanned_attendance_count) as unplanned_attendance_count,
        sum(emergency_admission_count) as emergency_admission_count
    from {{ ref('fct_neighbourhood_month') }}
    where neighbourhood_id like 'city:%'
    group by neighbourhood_id, month_start_date
)

select
    neighbourhood_months.neighbourhood_id,
    neighbourhood_months.month_start_date,
    unplanned_care.unplanned_attendance_count,
    neighbourhood_months.unplanned_attendance_count as neighbourhood_attendance_count,
    unplanned_care.emergency_admission_count,
    neighbourhood_months.emergency_admission_count as neighbourhood_admission_count
from neighbourhood_months
left join unplanned_care
    on
        neighbourhood_months.neighbourhood_id = unplanned_care.neighbourhood_id
        and neighbourhood_months.month_start_date = unplanned_care.month_start_date
where
    unplanned_care.unplanned_attendance_count
    is distinct from neighbourhood_months.unplanned_attendance_count
    or unplanned_care.emergency_admission_count
    is distinct from neighbourhood_months.emergency_admission_count
