-- How much do wards differ beyond chance, and what is it associated with?
with figures as (
    select * from {{ ref('fct_neighbourhood_variation') }}
    where geography_type = 'ward'
)

select
    indicator_id,
    round(systematic_component, 3) as systematic_component,
    round(100 * deprivation_share) as deprivation_percent,
    round(100 * need_share) as need_percent,
    round(100 * supply_share) as supply_percent,
    round(100 * unexplained_share) as unexplained_percent,
    round(100 * chance_share) as chance_percent,
    shares_null_reason
from figures
where period_start_date = (select max(latest.period_start_date) from figures as latest)
order by indicator_id
