with records as (
    select * from {{ ref('base_published_delays__england_dtoc_days') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    care_type,
    reason_code,
    responsible_body,
    financial_year,
    month_name,
    reason_as_published,
    file_id,
    line_number,
    delayed_days,
    month_start_date
from latest
