with followed as (
    select * from {{ ref('int_identity__followed_mergers') }}
)

select
    superseded_nhs_number,
    current_nhs_number
from followed
where not is_circular
