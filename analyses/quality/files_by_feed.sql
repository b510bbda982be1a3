-- Which files arrived from each feed, and how many were refused?
select
    feed,
    count(*) as files,
    sum(case when is_current then 1 else 0 end) as current_files,
    sum(case when is_withdrawn then 1 else 0 end) as withdrawn_files,
    sum(case when is_accepted then 0 else 1 end) as refused_files,
    sum(row_count) as delivered_rows,
    sum(finding_count) as findings
from {{ ref('fct_feed_file') }}
group by feed
order by feed
