with records as (
    select * from {{ ref('base_transfer_of_care__need_assessments') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ star_except(['has_carer', 'has_rehabilitation_goals']) }},
    has_carer = 'Y' as has_carer,
    has_rehabilitation_goals = 'Y' as has_rehabilitation_goals
from latest
