-- What happened to every delivered row?
select
    feed,
    sum(delivered_count) as delivered_rows,
    sum(current_count) as current_rows,
    sum(superseded_count) as superseded_rows,
    sum(withdrawn_count) as withdrawn_rows,
    sum(duplicate_count) as duplicate_rows,
    sum(quarantined_count) as quarantined_rows
from {{ ref('fct_feed_row_account') }}
group by feed
order by feed
