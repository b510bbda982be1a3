{{ config(severity='warn') }}

select
    feed,
    shown_file_id as file_id,
    refusal_reason
from {{ ref('stg_feeds__files') }}
where refusal_reason is not null and not is_withdrawn
