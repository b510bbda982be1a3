with records as (
    select * from {{ ref('base_better_care_fund__scheme_persons') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    scheme_id,
    nhs_number,
    file_id,
    line_number
from latest
