with records as (
    select * from {{ ref('base_community_csds__service_types') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    referral_id,
    team_type_code,
    team_id,
    file_id,
    line_number,
    closure_date
from latest
