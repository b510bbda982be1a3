with populations as (
    select * from {{ ref('int_neighbourhood__period_populations') }}
),

areas as (
    select * from {{ ref('int_place__neighbourhood_small_areas') }}
),

standard as (
    select * from {{ ref('european_standard_population') }}
),

summed as (
    select
        populations.population_fact,
        areas.neighbourhood_id,
        populations.age_band,
        cast(sum(populations.person_days) as bigint) as person_days,
        populations.period_start_date
    from populations
    inner join areas on populations.small_area_code = areas.small_area_code
    group by
        populations.population_fact,
        areas.neighbourhood_id,
        populations.age_band,
        populations.period_start_date
)

select
    summed.population_fact,
    summed.neighbourhood_id,
    summed.age_band,
    standard.age_from,
    summed.person_days,
    standard.standard_population,
    summed.period_start_date
from summed
inner join standard on summed.age_band = standard.age_band
