with records as (
    select * from {{ ref('base_primary_care__mergers') }}
    where failed_rule is null
),

corrected as (
    {{ latest_row_versions('records') }}
),

latest as (
    {{ latest_of('corrected') }}
)

select
    {{ star_except(['has_valid_numbers']) }}
from latest
