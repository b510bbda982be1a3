with records as (
    select * from {{ ref('base_mental_health_mhsds__delayed_discharges') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    spell_id,
    reason_code,
    attribution_code,
    file_id,
    line_number,
    start_date,
    end_date,
    period_start_date
from latest
