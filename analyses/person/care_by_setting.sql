-- How much care do people receive in each setting in a year, and how much of it is
-- unplanned?
select
    setting,
    count(*) as events,
    count(distinct person_id) as people,
    sum(case when is_unplanned then 1 else 0 end) as unplanned_events,
    round(sum(cost_gbp)) as cost_gbp
from {{ ref('fct_care_event') }}
where start_date > {{ dbt.dateadd('year', -1, as_of_date()) }}
group by setting
order by events desc, setting asc
