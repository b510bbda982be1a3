{{ config(severity='warn') }}

select
    superseded_nhs_number,
    current_nhs_number
from {{ ref('int_identity__followed_mergers') }}
where is_circular
