with records as (
    select * from {{ ref('base_mental_health_mhsds__contacts') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    contact_id,
    referral_id,
    mechanism_code,
    location_type_code,
    attendance_status_code,
    contact_time,
    file_id,
    line_number,
    duration_minutes,
    contact_date,
    period_start_date
from latest
