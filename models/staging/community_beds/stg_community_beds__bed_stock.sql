with records as (
    select * from {{ ref('base_community_beds__bed_stock') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
