-- How many people live in each community committee, and how deprived is it?
select
    name,
    lsoa_count,
    population,
    population_65_plus,
    round(imd_2025_score, 1) as imd_2025_score
from {{ ref('dim_neighbourhood') }}
where geography_type = 'community_committee'
order by name
