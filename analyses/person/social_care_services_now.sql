-- Which social care services are open today, and what do they cost?
select
    service_setting,
    count(*) as services,
    count(distinct person_id) as people,
    round(sum(case when is_home_care then planned_units_per_week end))
        as home_care_units_per_week,
    round(sum(cost_gbp)) as cost_so_far_gbp
from {{ ref('fct_social_care_service') }}
where is_open
group by service_setting
order by services desc, service_setting asc
