with records as (
    select * from {{ ref('base_service_supply__ward_services') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    ward_code,
    service,
    file_id,
    line_number,
    travel_minutes,
    capacity_per_1000
from latest
