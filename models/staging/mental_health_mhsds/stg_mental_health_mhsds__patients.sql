with records as (
    select * from {{ ref('base_mental_health_mhsds__patients') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('mental_health_mhsds') }} as source_record_id,
    provider_code,
    local_patient_id,
    nhs_number,
    forename,
    surname,
    sex,
    postcode,
    lsoa_code,
    ethnic_category_code,
    nhs_number_status_code,
    file_id,
    line_number,
    birth_date,
    death_date,
    period_start_date
from latest
