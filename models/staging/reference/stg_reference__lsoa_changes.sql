with records as (
    select * from {{ ref('base_reference__lsoa_changes') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
