with records as (
    select * from {{ ref('base_reference__ward_profiles') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    ward_code,
    ward_name,
    community_committee,
    file_id,
    line_number,
    lsoa_count,
    population,
    population_0_17,
    population_18_64,
    population_65_74,
    population_75_84,
    population_85_plus,
    imd_2025_score_mean,
    imd_2025_score_sd,
    most_deprived_lsoa_share
from latest
