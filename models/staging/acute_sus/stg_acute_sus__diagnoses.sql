with records as (
    select * from {{ ref('base_acute_sus__diagnoses') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
