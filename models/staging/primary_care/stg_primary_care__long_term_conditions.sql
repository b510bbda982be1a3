with records as (
    select * from {{ ref('base_primary_care__long_term_conditions') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    nhs_number,
    practice_code,
    condition_code,
    file_id,
    line_number,
    diagnosis_date,
    resolved_date
from latest
