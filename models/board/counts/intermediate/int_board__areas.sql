with lsoas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'lsoa'
),

schemes as (
    select * from {{ ref('stg_better_care_fund__schemes') }}
),

places as (
    select distinct
        ward_id,
        neighbourhood_team_id,
        community_committee_id,
        city_id,
        coalesce(deprivation_fifth, 0) as deprivation_fifth
    from lsoas
),

-- No LSOAs: a third of their counts would be suppressed even in a city of 800,000.
areas as (
    select
        ward_id as neighbourhood_id,
        'ward' as geography_type,
        ward_id,
        deprivation_fifth
    from places
    union all
    select
        neighbourhood_team_id as neighbourhood_id,
        'neighbourhood_team' as geography_type,
        ward_id,
        deprivation_fifth
    from places
    union all
    select
        community_committee_id as neighbourhood_id,
        'community_committee' as geography_type,
        ward_id,
        deprivation_fifth
    from places
    union all
    select
        city_id as neighbourhood_id,
        'city' as geography_type,
        ward_id,
        deprivation_fifth
    from places
    union all
    select
        'deprivation_fifth:' || cast(deprivation_fifth as {{ dbt.type_string() }})
            as neighbourhood_id,
        'deprivation_fifth' as geography_type,
        ward_id,
        deprivation_fifth
    from places
    where deprivation_fifth > 0
    union all
    -- The wards of a scheme together.
    select
        'scheme:' || schemes.scheme_id as neighbourhood_id,
        'scheme' as geography_type,
        places.ward_id,
        places.deprivation_fifth
    from schemes
    inner join places
        on schemes.ward_codes like '%' || replace(places.ward_id, 'ward:', '') || '%'
)

select * from areas
