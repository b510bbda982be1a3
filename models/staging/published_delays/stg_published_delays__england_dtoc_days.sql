with records as (
    select * from {{ ref('base_published_delays__england_dtoc_days') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
