with wards as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'ward'
),

neighbourhood_months as (
    select * from {{ ref('fct_neighbourhood_month') }}
    where is_complete_month
)

select
    wards.code as ward_code,
    neighbourhood_months.age_band,
    neighbourhood_months.sex,
    neighbourhood_months.observed_days,
    neighbourhood_months.person_days,
    neighbourhood_months.emergency_admission_count,
    neighbourhood_months.acsc_admission_count,
    neighbourhood_months.fall_admission_count,
    neighbourhood_months.emergency_readmission_count,
    neighbourhood_months.unplanned_attendance_count,
    neighbourhood_months.new_long_term_admission_count,
    neighbourhood_months.month_start_date
from neighbourhood_months
inner join wards on neighbourhood_months.neighbourhood_id = wards.neighbourhood_id
