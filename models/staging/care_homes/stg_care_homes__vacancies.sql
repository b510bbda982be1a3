with records as (
    select * from {{ ref('base_care_homes__vacancies') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
