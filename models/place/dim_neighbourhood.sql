with areas as (
    select * from {{ ref('int_place__neighbourhood_lsoas') }}
),

deprivation as (
    select * from {{ ref('int_place__lsoa_deprivation') }}
),

lsoa_populations as (
    select
        lsoa_code,
        sum(population) as population,
        sum(
            case when age >= {{ var('older_age_years') }} then population else 0 end
        ) as population_65_plus,
        sum(
            case when age >= {{ var('oldest_age_years') }} then population else 0 end
        ) as population_85_plus
    from {{ ref('int_place__lsoa_populations') }}
    group by lsoa_code
),

deprivation_2019 as (
    select * from deprivation
    where imd_vintage = 2019
),

deprivation_2025 as (
    select * from deprivation
    where imd_vintage = 2025
),

-- An LSOA without a population is an error, not an empty area: its null breaks the
-- contract and stops the build.
summed as (
    select
        areas.neighbourhood_id,
        areas.ward_id,
        areas.neighbourhood_team_id,
        areas.community_committee_id,
        areas.city_id,
        areas.geography_type,
        areas.code,
        areas.name,
        count(*) as lsoa_count,
        sum(lsoa_populations.population) as population,
        sum(lsoa_populations.population_65_plus) as population_65_plus,
        sum(lsoa_populations.population_85_plus) as population_85_plus,
        cast(
            sum(
                cast(deprivation_2025.imd_score as decimal(9, 3))
                * lsoa_populations.population
            ) as double
        )
        / nullif(
            sum(lsoa_populations.population) filter (
                where deprivation_2025.imd_score is not null
            ),
            0
        ) as mean_imd_2025_score
    from areas
    left join lsoa_populations on areas.lsoa_code = lsoa_populations.lsoa_code
    left join deprivation_2025 on areas.lsoa_code = deprivation_2025.lsoa_code
    group by
        areas.neighbourhood_id,
        areas.ward_id,
        areas.neighbourhood_team_id,
        areas.community_committee_id,
        areas.city_id,
        areas.geography_type,
        areas.code,
        areas.name
),

-- Decile, rank and fifth compare LSOAs with LSOAs. Larger areas have none of these,
-- only the mean score of their residents.
placed as (
    select
        summed.neighbourhood_id,
        summed.ward_id,
        summed.neighbourhood_team_id,
        summed.community_committee_id,
        summed.city_id,
        summed.geography_type,
        summed.code,
        summed.name,
        cast(summed.lsoa_count as integer) as lsoa_count,
        cast(summed.population as integer) as population,
        cast(summed.population_65_plus as integer) as population_65_plus,
        cast(summed.population_85_plus as integer) as population_85_plus,
        deprivation_2019.imd_decile as imd_2019_decile,
        deprivation_2019.imd_rank as imd_2019_rank,
        deprivation_2025.imd_decile as imd_2025_decile,
        deprivation_2025.imd_rank as imd_2025_rank,
        coalesce(deprivation_2025.imd_score, summed.mean_imd_2025_score)
            as imd_2025_score,
        deprivation_2025.deprivation_fifth
    from summed
    left join deprivation_2019
        on
            summed.geography_type = 'lsoa'
            and summed.code = deprivation_2019.lsoa_code
    left join deprivation_2025
        on
            summed.geography_type = 'lsoa'
            and summed.code = deprivation_2025.lsoa_code
)

select * from placed
