with neighbourhoods as (
    select * from {{ ref('dim_neighbourhood') }}
)

select
    neighbourhood_id,
    geography_type,
    code,
    name,
    population,
    population_65_plus,
    imd_2025_score
from neighbourhoods
where area_basis = 'residence' and geography_type <> 'lsoa'
