with records as (
    select * from {{ ref('base_community_csds__patients') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('community_csds') }} as source_record_id,
    provider_code,
    local_patient_id,
    nhs_number,
    nhs_number_status_code,
    forename,
    surname,
    sex,
    ethnic_category_code,
    postcode,
    lsoa_code,
    file_id,
    line_number,
    birth_date,
    death_date
from latest
