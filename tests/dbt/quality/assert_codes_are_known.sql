{{ config(severity='warn') }}

with unknown_codes as (
    select * from {{ ref('fct_unknown_code') }}
),

files as (
    select
        feed,
        feed_table,
        provider_code,
        sum(row_count) as row_count
    from {{ ref('stg_feeds__files') }}
    where is_current
    group by feed, feed_table, provider_code
)

select
    unknown_codes.feed,
    unknown_codes.feed_table,
    unknown_codes.column_name,
    unknown_codes.organisation_code,
    unknown_codes.code,
    unknown_codes.is_left_out,
    sum(unknown_codes.row_count) as row_count
from unknown_codes
inner join files
    on
        unknown_codes.feed = files.feed
        and unknown_codes.feed_table = files.feed_table
        and unknown_codes.organisation_code = files.provider_code
group by
    unknown_codes.feed,
    unknown_codes.feed_table,
    unknown_codes.column_name,
    unknown_codes.organisation_code,
    unknown_codes.code,
    unknown_codes.is_left_out,
    files.row_count
having sum(unknown_codes.row_count) > files.row_count * {{ var('unknown_code_share') }}
