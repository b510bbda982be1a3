with records as (
    select * from {{ ref('base_mental_health_mhsds__contacts') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
