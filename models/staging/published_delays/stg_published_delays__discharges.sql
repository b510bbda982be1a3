-- A trust with 1,700 beds reports 0 on days it sent nothing: unknown, not zero.
with records as (
    select * from {{ ref('base_published_delays__discharges') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    organisation_code,
    file_id,
    line_number,
    case when discharged_count > 0 then discharged_by_1700_count end
        as discharged_by_1700_count,
    case when discharged_count > 0 then discharged_after_1700_count end
        as discharged_after_1700_count,
    nullif(discharged_count, 0) as discharged_count,
    report_date
from latest
