with links as (
    select * from {{ ref('int_identity__links') }}
),

counted as (
    select
        feed,
        method,
        reason,
        count(*) as record_count
    from links
    group by feed, method, reason
)

select
    md5(feed || '|' || method || '|' || reason) as linkage_quality_id,
    feed,
    method,
    reason,
    cast(record_count as bigint) as record_count,
    record_count / cast(sum(record_count) over (partition by feed) as double)
        as record_share
from counted
