-- How long do people live in care homes, and how many does the council support?
select
    coalesce(care_home_type, 'not known') as care_home_type,
    count(*) as stays,
    sum(case when is_open then 1 else 0 end) as open_stays,
    round(avg(stay_days)) as mean_stay_days,
    sum(case when is_council_supported then 1 else 0 end) as council_supported
from {{ ref('fct_care_home_stay') }}
group by coalesce(care_home_type, 'not known')
order by stays desc, care_home_type asc
