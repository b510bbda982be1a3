-- What should senders be asked about their files?
select
    kind,
    organisation_code,
    count(distinct feed_file_id) as files,
    sum(row_count) as concerned_rows
from {{ ref('fct_feed_file_finding') }}
where is_current
group by kind, organisation_code
order by kind, organisation_code
