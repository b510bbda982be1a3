with records as (
    select * from {{ ref('base_opt_outs__type_1_opt_outs') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    nhs_number,
    practice_code,
    file_id,
    line_number
from latest
