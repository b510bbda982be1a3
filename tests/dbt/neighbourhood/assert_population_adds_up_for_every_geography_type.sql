-- Each geography type of residence covers the city once, so its areas together have the
-- people that were published for the LSOAs of 2011.
with published as (
    select sum(population) as published_population
    from {{ ref('stg_reference__lsoa_populations') }}
),

covered as (
    select
        geography_type,
        count(*) - count(population) as unknown_count,
        sum(population) as population
    from {{ ref('dim_neighbourhood') }}
    where area_basis = 'residence'
    group by geography_type
)

select
    covered.geography_type,
    covered.unknown_count,
    covered.population,
    published.published_population
from covered
cross join published
-- An area without a population is an error, not an empty area: the file lacks an LSOA.
where
    covered.unknown_count > 0
    or covered.population is distinct from published.published_population
