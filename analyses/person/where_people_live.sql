-- How many people live in care homes today, and how many elsewhere?
select
    case when is_care_home then 'care home' else 'own home' end as residence,
    is_in_city,
    count(distinct person_id) as people
from {{ ref('fct_person_residence') }}
where is_open
group by case when is_care_home then 'care home' else 'own home' end, is_in_city
order by people desc, residence asc, is_in_city asc
