with facts as (
    select * from {{ ref('facts') }}
),

files as (
    select * from {{ ref('stg_feeds__files') }}
    where is_accepted
)

select
    facts.fact,
    facts.feed,
    count(files.file_id) > 0 as is_delivered
from facts
left join files
    on facts.feed = files.feed and facts.feed_table = files.feed_table
group by facts.fact, facts.feed
