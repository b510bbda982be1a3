-- A trust with 1,700 beds reports 0 on days it sent nothing: unknown, not zero.
with records as (
    select * from {{ ref('base_published_delays__no_criteria_to_reside') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    organisation_code,
    file_id,
    line_number,
    nullif(without_criteria_to_reside_count, 0) as without_criteria_to_reside_count,
    report_date
from latest
