with files as (
    select * from {{ ref('stg_feeds__files') }}
),

findings as (
    select * from {{ ref('stg_feeds__findings') }}
),

finding_counts as (
    select
        feed,
        file_id,
        count(*) as finding_count
    from findings
    group by feed, file_id
)

select
    files.file_key as feed_file_id,
    files.feed,
    files.feed_table,
    files.provider_code as organisation_code,
    files.shown_file_id as file_id,
    files.file_format,
    files.encoding,
    files.layout,
    files.absent_columns,
    files.sha256,
    files.refusal_reason,
    files.submission_number,
    cast(coalesce(finding_counts.finding_count, 0) as integer) as finding_count,
    files.unexpected_column_count,
    files.skipped_line_count,
    files.byte_count,
    files.row_count,
    files.dialect is not null as has_dialect,
    files.is_accepted,
    files.is_withdrawn,
    files.is_current,
    files.is_changed_since_read,
    files.period_start_date
from files
left join finding_counts
    on files.feed = finding_counts.feed and files.file_id = finding_counts.file_id
