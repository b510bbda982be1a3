with records as (
    select * from {{ ref('base_community_csds__service_types') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
