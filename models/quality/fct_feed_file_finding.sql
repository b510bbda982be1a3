with findings as (
    select * from {{ ref('stg_feeds__findings') }}
),

files as (
    select * from {{ ref('stg_feeds__files') }}
)

select
    md5(
        files.file_key || '|' || findings.kind
        || '|' || findings.column_name || '|' || findings.detail
    ) as feed_file_finding_id,
    files.file_key as feed_file_id,
    files.feed,
    files.feed_table,
    files.provider_code as organisation_code,
    files.shown_file_id as file_id,
    findings.kind,
    nullif(findings.column_name, '') as column_name,
    findings.message,
    findings.row_count,
    files.is_current,
    files.period_start_date
from findings
inner join files
    on findings.feed = files.feed and findings.file_id = files.file_id
