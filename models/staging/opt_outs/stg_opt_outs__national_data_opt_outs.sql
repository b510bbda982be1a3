with records as (
    select * from {{ ref('base_opt_outs__national_data_opt_outs') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    nhs_number,
    file_id,
    line_number
from latest
