with records as (
    select * from {{ ref('base_mental_health_mhsds__referrals') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    referral_id,
    local_patient_id,
    referral_source_code,
    priority_code,
    primary_reason_code,
    team_type_code,
    file_id,
    line_number,
    referral_date,
    discharge_date,
    period_start_date
from latest
