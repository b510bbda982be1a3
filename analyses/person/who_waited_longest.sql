-- Who waited longest to leave a bed, and for what?
select
    next_setting,
    constraint_name,
    count(*) as delays,
    sum(delayed_days) as delayed_days,
    round(avg(delayed_days), 1) as mean_days,
    max(delayed_days) as longest_days
from {{ ref('fct_delayed_transfer') }}
group by next_setting, constraint_name
order by longest_days desc, next_setting asc, constraint_name asc
