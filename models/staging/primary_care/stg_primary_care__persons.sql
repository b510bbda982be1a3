with records as (
    select * from {{ ref('base_primary_care__persons') }}
    where failed_rule is null
),

corrected as (
    {{ latest_row_versions('records') }}
),

latest as (
    {{ latest_of('corrected') }}
)

select
    {{ star_except(['is_nhs_number_valid']) }}
from latest
