with records as (
    select * from {{ ref('base_mental_health_mhsds__spells') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    spell_id,
    referral_id,
    local_patient_id,
    admission_method_code,
    admission_source_code,
    discharge_destination_code,
    discharge_method_code,
    file_id,
    line_number,
    admission_date,
    discharge_date,
    period_start_date
from latest
