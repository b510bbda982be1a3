-- Each geography type covers the city once, so its areas together have the people that
-- were published for the LSOAs of 2011.
with published as (
    select sum(population) as published_population
    from {{ ref('stg_reference__lsoa_populations') }}
),

covered as (
    select
        geography_type,
        sum(population) as population
    from {{ ref('dim_neighbourhood') }}
    group by geography_type
)

select
    covered.geography_type,
    covered.population,
    published.published_population
from covered
cross join published
where covered.population is distinct from published.published_population
