-- How many records are linked to a person, and how sure are the links?
select
    feed,
    record_count,
    round(linked_share, 4) as linked_share,
    round(estimated_recall, 4) as estimated_recall,
    round(estimated_precision, 4) as estimated_precision
from {{ ref('fct_linkage_quality') }}
where breakdown = 'all'
order by feed
