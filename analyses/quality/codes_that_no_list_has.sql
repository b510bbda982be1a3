-- Which codes do senders use that no list has?
select
    organisation_code,
    feed_table,
    column_name,
    code,
    sum(row_count) as delivered_rows,
    max(case when is_left_out then 1 else 0 end) = 1 as is_left_out
from {{ ref('fct_unknown_code') }}
group by organisation_code, feed_table, column_name, code
order by delivered_rows desc, organisation_code asc, column_name asc, code asc
