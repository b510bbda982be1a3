-- Where do the feeds contradict each other?
select
    count(distinct kind) as kinds,
    coalesce(sum(event_count), 0) as events,
    coalesce(max(person_count), 0) as most_people_in_a_month
from {{ ref('fct_conflict') }}
