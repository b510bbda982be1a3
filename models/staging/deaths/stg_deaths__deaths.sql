with records as (
    select * from {{ ref('base_deaths__deaths') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('deaths') }} as source_record_id,
    provider_code,
    registration_number,
    local_patient_id,
    nhs_number,
    forename,
    surname,
    sex,
    postcode,
    lsoa_code,
    place_of_death,
    underlying_cause_icd10,
    file_id,
    line_number,
    is_nhs_establishment,
    birth_date,
    death_date,
    registration_date
from latest
