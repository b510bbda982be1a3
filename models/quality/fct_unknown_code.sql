with findings as (
    select * from {{ ref('stg_feeds__findings') }}
    where kind in ('unknown_code', 'code_left_out')
),

files as (
    select * from {{ ref('stg_feeds__files') }}
    where is_current
),

counted as (
    select
        files.feed,
        files.feed_table,
        findings.column_name,
        files.provider_code as organisation_code,
        findings.detail as code,
        sum(findings.row_count) as row_count,
        findings.kind = 'code_left_out' as is_left_out,
        files.period_start_date
    from findings
    inner join files
        on findings.feed = files.feed and findings.file_id = files.file_id
    group by
        files.feed,
        files.feed_table,
        findings.column_name,
        files.provider_code,
        findings.detail,
        findings.kind,
        files.period_start_date
)

select
    md5(
        feed || '|' || feed_table || '|' || column_name || '|' || organisation_code
        || '|' || code || '|' || cast(is_left_out as {{ dbt.type_string() }}) || '|'
        || coalesce(cast(period_start_date as {{ dbt.type_string() }}), '')
    ) as unknown_code_id,
    feed,
    feed_table,
    column_name,
    organisation_code,
    code,
    cast(row_count as bigint) as row_count,
    is_left_out,
    period_start_date
from counted
