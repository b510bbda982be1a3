with records as (
    select * from {{ ref('base_reference__lsoa_wards') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    lsoa_code,
    lsoa_name,
    ward_name,
    ward_code,
    local_authority_name,
    local_authority_code,
    file_id,
    line_number
from latest
