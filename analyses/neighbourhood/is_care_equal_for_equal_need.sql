-- Do people of equal need get equal care, however deprived their area is?
with figures as (
    select * from {{ ref('fct_access_for_need') }}
    where adjusted_for = 'age, sex, conditions and frailty'
)

select
    contact_type,
    deprivation_fifth,
    contact_count,
    round(rate_ratio, 2) as rate_ratio,
    round(rate_ratio_lower, 2) as rate_ratio_lower,
    round(rate_ratio_upper, 2) as rate_ratio_upper
from figures
where period_start_date = (select max(latest.period_start_date) from figures as latest)
order by contact_type, deprivation_fifth
