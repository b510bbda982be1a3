with records as (
    select * from {{ ref('base_service_supply__ward_services') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
