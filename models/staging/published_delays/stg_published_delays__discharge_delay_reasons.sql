with records as (
    select * from {{ ref('base_published_delays__discharge_delay_reasons') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    organisation_code,
    reason_group,
    reason,
    organisation_name,
    reason_as_published,
    file_id,
    line_number,
    delayed_patient_count,
    report_date
from latest
