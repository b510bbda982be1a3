-- Where is more care used than in the best quarter of areas, and how sure is that?
with figures as (
    select * from {{ ref('fct_neighbourhood_excess') }}
    where indicator_id = 'emergency_attendance' and geography_type = 'ward'
),

areas as (
    select * from {{ ref('dim_neighbourhood') }}
)

select
    areas.name,
    round(figures.excess) as excess,
    round(figures.opportunity) as opportunity,
    round(figures.opportunity_lower) as opportunity_lower,
    round(figures.opportunity_upper) as opportunity_upper,
    round(figures.opportunity_probability, 2) as opportunity_probability
from figures
inner join areas on figures.neighbourhood_id = areas.neighbourhood_id
where
    figures.period_start_date
    = (select max(latest.period_start_date) from figures as latest)
order by areas.name
