with row_accounts as (
    select * from {{ ref('stg_feeds__row_accounts') }}
)

select
    md5(feed || '|' || feed_table) as feed_row_account_id,
    feed,
    feed_table,
    cast(count(*) as integer) as file_count,
    cast(sum(delivered_count) as bigint) as delivered_count,
    cast(sum(current_count) as bigint) as current_count,
    cast(sum(superseded_count) as bigint) as superseded_count,
    cast(sum(duplicate_count) as bigint) as duplicate_count,
    cast(sum(quarantined_count) as bigint) as quarantined_count
from row_accounts
group by feed, feed_table
