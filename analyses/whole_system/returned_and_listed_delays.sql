-- Do the delayed days that trusts return agree with their own lists?
select
    organisation_code,
    responsible_body,
    sum(returned_days) as returned_days,
    sum(listed_days) as listed_days,
    sum(hub_days) as hub_days,
    sum(difference_days) as difference_days
from {{ ref('fct_delay_return') }}
group by organisation_code, responsible_body
order by organisation_code, responsible_body
