-- How many people have records that contradict each other?
select
    count(*) as conflicts,
    count(distinct person_id) as people,
    coalesce(sum(overlap_days), 0) as overlap_days
from {{ ref('fct_person_conflict') }}
