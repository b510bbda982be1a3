with records as (
    select * from {{ ref('base_better_care_fund__metric_plans') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select * from latest
