with records as (
    select * from {{ ref('base_acute_sus__spells') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('acute_sus') }} as source_record_id,
    provider_code,
    spell_number,
    spell_key,
    local_patient_id,
    nhs_number,
    nhs_number_status_code,
    forename,
    surname,
    sex,
    ethnic_category_code,
    postcode,
    lsoa_code,
    practice_code,
    site_code,
    admission_method_code,
    admission_source_code,
    admission_time,
    patient_classification_code,
    discharge_destination_code,
    discharge_method_code,
    hrg_code,
    ambulance_incident_number,
    file_id,
    line_number,
    price_gbp,
    is_open,
    -- The codes that seed admission_methods calls births: staging joins nothing.
    coalesce(admission_method_code in ('2C', '82', '83'), false)
    or coalesce(admission_date = birth_date, false) as is_birth,
    birth_date,
    admission_date,
    discharge_date,
    ready_date,
    report_date
from latest
