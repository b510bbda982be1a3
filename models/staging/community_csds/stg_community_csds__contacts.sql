with records as (
    select * from {{ ref('base_community_csds__contacts') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
