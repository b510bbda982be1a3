with lsoas as (
    select * from {{ ref('stg_reference__lsoa_wards') }}
),

ward_teams as (
    select * from {{ ref('ward_neighbourhood_teams') }}
),

teams as (
    select * from {{ ref('neighbourhood_teams') }}
),

ward_committees as (
    select * from {{ ref('ward_committees') }}
),

placed as (
    select
        lsoas.lsoa_code,
        'lsoa:' || lsoas.lsoa_code as lsoa_id,
        'ward:' || lsoas.ward_code as ward_id,
        'neighbourhood_team:' || ward_teams.neighbourhood_team_code
            as neighbourhood_team_id,
        'community_committee:' || ward_committees.community_committee_code
            as community_committee_id,
        'city:' || lsoas.local_authority_code as city_id,
        lsoas.lsoa_name,
        lsoas.ward_code,
        lsoas.ward_name,
        ward_teams.neighbourhood_team_code,
        teams.neighbourhood_team as neighbourhood_team_name,
        ward_committees.community_committee_code,
        ward_committees.community_committee as community_committee_name,
        lsoas.local_authority_code as city_code,
        lsoas.local_authority_name as city_name
    from lsoas
    left join ward_teams on lsoas.ward_code = ward_teams.ward_code
    left join teams
        on ward_teams.neighbourhood_team_code = teams.neighbourhood_team_code
    left join ward_committees on lsoas.ward_code = ward_committees.ward_code
)

select * from placed
