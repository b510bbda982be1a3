with records as (
    select * from {{ ref('base_reference__lsoa_deprivation_2025') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
