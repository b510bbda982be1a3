{{ config(severity='warn') }}

select
    feed,
    feed_table,
    count(*) as file_count,
    max(period_start_date) as latest_period_start_date
from {{ ref('stg_feeds__files') }}
where is_accepted and period_start_date > {{ as_of_date() }}
group by feed, feed_table
