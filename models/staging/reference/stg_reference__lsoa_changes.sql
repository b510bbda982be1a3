with records as (
    select * from {{ ref('base_reference__lsoa_changes') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    lsoa_2011_code,
    lsoa_code,
    lsoa_2011_name,
    change_code,
    lsoa_name,
    local_authority_name,
    local_authority_code,
    file_id,
    line_number
from latest
