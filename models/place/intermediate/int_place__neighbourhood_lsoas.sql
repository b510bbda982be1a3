with lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

-- Each type names the larger areas that its areas lie wholly inside. Teams and
-- committees are both made of wards and cut across each other.
areas as (
    select
        lsoa_id as neighbourhood_id,
        lsoa_code,
        'lsoa' as geography_type,
        lsoa_code as code,
        lsoa_name as name,
        ward_id,
        neighbourhood_team_id,
        community_committee_id,
        city_id
    from lsoas
    union all
    select
        ward_id as neighbourhood_id,
        lsoa_code,
        'ward' as geography_type,
        ward_code as code,
        ward_name as name,
        cast(null as {{ dbt.type_string() }}) as ward_id,
        neighbourhood_team_id,
        community_committee_id,
        city_id
    from lsoas
    union all
    select
        neighbourhood_team_id as neighbourhood_id,
        lsoa_code,
        'neighbourhood_team' as geography_type,
        neighbourhood_team_code as code,
        neighbourhood_team_name as name,
        cast(null as {{ dbt.type_string() }}) as ward_id,
        cast(null as {{ dbt.type_string() }}) as neighbourhood_team_id,
        cast(null as {{ dbt.type_string() }}) as community_committee_id,
        city_id
    from lsoas
    union all
    select
        community_committee_id as neighbourhood_id,
        lsoa_code,
        'community_committee' as geography_type,
        community_committee_code as code,
        community_committee_name as name,
        cast(null as {{ dbt.type_string() }}) as ward_id,
        cast(null as {{ dbt.type_string() }}) as neighbourhood_team_id,
        cast(null as {{ dbt.type_string() }}) as community_committee_id,
        city_id
    from lsoas
    union all
    select
        city_id as neighbourhood_id,
        lsoa_code,
        'city' as geography_type,
        city_code as code,
        city_name as name,
        cast(null as {{ dbt.type_string() }}) as ward_id,
        cast(null as {{ dbt.type_string() }}) as neighbourhood_team_id,
        cast(null as {{ dbt.type_string() }}) as community_committee_id,
        cast(null as {{ dbt.type_string() }}) as city_id
    from lsoas
)

select * from areas
where neighbourhood_id is not null
