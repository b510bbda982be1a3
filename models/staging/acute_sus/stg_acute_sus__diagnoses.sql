with records as (
    select * from {{ ref('base_acute_sus__diagnoses') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    episode_key,
    spell_key,
    icd10_code,
    file_id,
    line_number,
    position
from latest
