with person_months as (
    select * from {{ ref('fct_person_month') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
)

select
    person_months.person_id,
    person_months.month_start_date,
    person_months.resident_days,
    person_months.own_home_days,
    person_months.hospital_days,
    person_months.community_bed_days,
    person_months.care_home_days,
    months.day_count
from person_months
left join months on person_months.month_start_date = months.month_start_date
where
    least(
        person_months.own_home_days,
        person_months.hospital_days,
        person_months.community_bed_days,
        person_months.care_home_days
    ) < 0
    or person_months.resident_days < 1
    or person_months.resident_days > coalesce(months.day_count, 0)
