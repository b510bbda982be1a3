-- Residents by age band as published; the areas are those that counts are released for.
with areas as (
    select * from {{ ref('int_board__areas') }}
),

lsoas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'lsoa'
),

lsoa_populations as (
    select * from {{ ref('int_place__lsoa_populations') }}
),

bands as (
    select * from {{ ref('board_age_bands') }}
),

populations as (
    select
        lsoa_populations.lsoa_code,
        bands.age_band,
        bands.age_group_from,
        lsoa_populations.population
    from lsoa_populations
    inner join bands
        on
            lsoa_populations.age >= bands.age_from
            and lsoa_populations.age <= coalesce(bands.age_to, lsoa_populations.age)
),

summed as (
    select
        areas.neighbourhood_id,
        areas.geography_type,
        populations.age_band,
        populations.age_group_from,
        sum(populations.population) as population
    from areas
    inner join lsoas
        on
            areas.ward_id = lsoas.ward_id
            and areas.deprivation_fifth = coalesce(lsoas.deprivation_fifth, 0)
    inner join populations on lsoas.code = populations.lsoa_code
    group by
        areas.neighbourhood_id,
        areas.geography_type,
        populations.age_band,
        populations.age_group_from
)

select
    neighbourhood_id,
    geography_type,
    age_band,
    cast(age_group_from as integer) as age_group_from,
    cast(population as bigint) as population
from summed
