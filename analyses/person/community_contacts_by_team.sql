-- Which community teams see the most people, and how often is a contact missed?
select
    team_type_code,
    sum(case when is_seen then 1 else 0 end) as contacts_seen,
    count(distinct case when is_seen then person_id end) as people_seen,
    round(avg(case when is_seen then 0 else 100e0 end), 1) as missed_percent
from {{ ref('fct_community_contact') }}
group by team_type_code
order by contacts_seen desc, team_type_code asc
