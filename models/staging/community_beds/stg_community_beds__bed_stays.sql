with records as (
    select * from {{ ref('base_community_beds__bed_stays') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('community_beds') }} as source_record_id,
    provider_code,
    stay_id,
    local_patient_id,
    nhs_number,
    forename,
    surname,
    sex,
    postcode,
    lsoa_code,
    site_code,
    bed_purpose,
    admission_source,
    discharge_destination,
    file_id,
    line_number,
    birth_date,
    referred_date,
    admission_date,
    ready_date,
    discharge_date
from latest
