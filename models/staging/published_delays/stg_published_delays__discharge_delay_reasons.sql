with records as (
    select * from {{ ref('base_published_delays__discharge_delay_reasons') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
