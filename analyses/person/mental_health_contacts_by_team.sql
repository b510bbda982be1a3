-- Which mental health teams see the most people, and how?
select
    team_type_code,
    count(*) as contacts,
    count(distinct person_id) as people,
    round(avg(case when is_face_to_face then 100e0 else 0 end), 1)
        as face_to_face_percent
from {{ ref('fct_mental_health_contact') }}
where is_seen
group by team_type_code
order by contacts desc, team_type_code asc
