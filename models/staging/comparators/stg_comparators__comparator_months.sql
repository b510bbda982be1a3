with records as (
    select * from {{ ref('base_comparators__comparator_months') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
