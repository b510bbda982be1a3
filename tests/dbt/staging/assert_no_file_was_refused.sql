{{ config(severity='warn') }}

select
    feed,
    file_id,
    refusal_reason
from {{ ref('stg_feeds__files') }}
where not is_accepted
