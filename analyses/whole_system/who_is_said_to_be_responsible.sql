-- Who is said to be responsible for delayed days, and by whom?
select
    organisation_code,
    coalesce(responsible_body, 'not stated') as responsible_body,
    count(*) as delayed_days,
    count(distinct person_id) as people
from {{ ref('fct_delay_day') }}
group by organisation_code, coalesce(responsible_body, 'not stated')
order by organisation_code asc, delayed_days desc, responsible_body asc
