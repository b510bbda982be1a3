{{ config(meta={'is_free_of_identifiers': true}) }}

select
    feed,
    file_id,
    'put the file back as it was, or send the new content as a new submission'
        as what_to_do
from {{ ref('stg_feeds__files') }}
where is_changed_since_read and is_current
