with records as (
    select * from {{ ref('base_community_csds__patients') }}
    where failed_rule is null
),

held as (
    {{ with_number_holders('records') }}
),

latest as (
    {{ latest_of('held', 'provider_code, local_patient_id, holder_number') }}
)

select
    {{ source_record_id('community_csds') }} as source_record_id,
    *
from latest
