with records as (
    select * from {{ ref('base_community_csds__registrations') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    local_patient_id,
    practice_code,
    file_id,
    line_number,
    start_date,
    end_date
from latest
