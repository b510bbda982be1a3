{{ config(severity='warn') }}

with findings as (
    select * from {{ ref('stg_feeds__findings') }}
    -- assert_codes_are_known warns of codes; NULL for an empty field is no fault.
    where kind not in ('unknown_code', 'code_left_out', 'word_for_nothing')
),

files as (
    select * from {{ ref('stg_feeds__files') }}
    where is_current
)

select
    files.feed,
    findings.column_name,
    findings.message,
    count(*) as file_count,
    min(files.shown_file_id) as first_file_id,
    sum(findings.row_count) as row_count
from findings
inner join files
    on findings.feed = files.feed and findings.file_id = files.file_id
group by
    files.feed,
    files.feed_table,
    files.provider_code,
    findings.column_name,
    findings.message
