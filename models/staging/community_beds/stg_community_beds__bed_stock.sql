with records as (
    select * from {{ ref('base_community_beds__bed_stock') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    provider_code,
    site_code,
    site_name,
    site_postcode,
    bed_purpose,
    file_id,
    line_number,
    beds_open,
    month_start
from latest
