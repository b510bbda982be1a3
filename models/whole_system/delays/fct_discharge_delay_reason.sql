with published as (
    select * from {{ ref('stg_published_delays__discharge_delay_reasons') }}
),

reasons as (
    select * from {{ ref('discharge_delay_reasons') }}
)

select
    published.organisation_code,
    published.reason_group,
    published.reason,
    reasons.pathway as discharge_pathway,
    cast(published.delayed_patient_count as integer) as delayed_patient_count,
    published.report_date
from published
left join reasons on published.reason = reasons.reason
