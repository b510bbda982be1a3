with records as (
    select * from {{ ref('base_better_care_fund__scheme_persons') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ star_except(['is_nhs_number_valid']) }}
from latest
