with files as (
    select * from {{ ref('stg_feeds__files') }}
)

select
    md5(feed || '|' || file_id) as feed_file_id,
    feed,
    feed_table,
    provider_code as organisation_code,
    file_id,
    file_format,
    unexpected_columns,
    sha256,
    refusal_reason,
    submission_number,
    byte_count,
    row_count,
    is_accepted,
    is_current,
    is_changed_since_read,
    period_start_date
from files
