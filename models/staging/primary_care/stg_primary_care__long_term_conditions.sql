with records as (
    select * from {{ ref('base_primary_care__long_term_conditions') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
