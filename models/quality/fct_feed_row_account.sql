with feed_columns as (
    select * from {{ ref('stg_feeds__columns') }}
),

row_accounts as (
    select * from {{ ref('stg_feeds__row_accounts') }}
),

-- A table of which no file was accepted has a row too: that it is absent is news.
feed_tables as (
    select distinct
        feed,
        feed_table
    from feed_columns
)

select
    md5(feed_tables.feed || '|' || feed_tables.feed_table) as feed_row_account_id,
    feed_tables.feed,
    feed_tables.feed_table,
    cast(count(row_accounts.file_id) as integer) as file_count,
    cast(coalesce(sum(row_accounts.delivered_count), 0) as bigint) as delivered_count,
    cast(coalesce(sum(row_accounts.current_count), 0) as bigint) as current_count,
    cast(coalesce(sum(row_accounts.superseded_count), 0) as bigint) as superseded_count,
    cast(coalesce(sum(row_accounts.withdrawn_count), 0) as bigint) as withdrawn_count,
    cast(coalesce(sum(row_accounts.duplicate_count), 0) as bigint) as duplicate_count,
    cast(coalesce(sum(row_accounts.quarantined_count), 0) as bigint)
        as quarantined_count
from feed_tables
left join row_accounts
    on
        feed_tables.feed = row_accounts.feed
        and feed_tables.feed_table = row_accounts.feed_table
group by feed_tables.feed, feed_tables.feed_table
