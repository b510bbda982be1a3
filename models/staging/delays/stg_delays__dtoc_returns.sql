with records as (
    select * from {{ ref('base_delays__dtoc_returns') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
