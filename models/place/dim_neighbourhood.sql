with areas as (
    select * from {{ ref('int_place__neighbourhood_lsoas') }}
),

practices as (
    select * from {{ ref('int_place__practices') }}
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
        cast(null as {{ dbt.type_string() }}) as primary_care_network_id,
        summed.geography_type,
        'residence' as area_basis,
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
),

-- People register where they choose, so a practice lies in no ward and has no published
-- residents or deprivation.
practices_and_networks as (
    select
        general_practice_id as neighbourhood_id,
        primary_care_network_id,
        'general_practice' as geography_type,
        practice_code as code,
        practice_name as name
    from practices
    union all
    select distinct
        primary_care_network_id as neighbourhood_id,
        cast(null as {{ dbt.type_string() }}) as primary_care_network_id,
        'primary_care_network' as geography_type,
        primary_care_network_code as code,
        primary_care_network_name as name
    from practices
    where primary_care_network_id is not null
)

select * from placed
union all
select
    neighbourhood_id,
    {%- for area in ['ward', 'neighbourhood_team', 'community_committee', 'city'] %}
        cast(null as {{ dbt.type_string() }}) as {{ area }}_id,
    {%- endfor %}
    primary_care_network_id,
    geography_type,
    'registration' as area_basis,
    code,
    name,
    {%- for number in [
        'lsoa_count', 'population', 'population_65_plus', 'population_85_plus',
        'imd_2019_decile', 'imd_2019_rank', 'imd_2025_decile', 'imd_2025_rank'
    ] %}
        cast(null as integer) as {{ number }},
    {%- endfor %}
    cast(null as double) as imd_2025_score,
    cast(null as integer) as deprivation_fifth
from practices_and_networks
