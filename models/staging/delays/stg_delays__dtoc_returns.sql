with records as (
    select * from {{ ref('base_delays__dtoc_returns') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    organisation_code,
    care_type,
    reason_code,
    responsible_body,
    file_id,
    line_number,
    delayed_days,
    month
from latest
