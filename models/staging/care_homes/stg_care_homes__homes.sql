with records as (
    select * from {{ ref('base_care_homes__homes') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
