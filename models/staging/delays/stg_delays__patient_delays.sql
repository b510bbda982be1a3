with records as (
    select * from {{ ref('base_delays__patient_delays') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('delays') }} as source_record_id,
    organisation_code,
    provider_code,
    delay_id,
    local_patient_id,
    nhs_number,
    forename,
    surname,
    sex,
    postcode,
    lsoa_code,
    bed_organisation_code,
    reason_code,
    responsible_body,
    next_setting,
    file_id,
    line_number,
    birth_date,
    start_date,
    end_date
from latest
