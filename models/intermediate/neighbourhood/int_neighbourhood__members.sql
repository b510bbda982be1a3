with areas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'lsoa'
),

-- One row an LSOA and an area that contains it, itself among them: every fact made by
-- LSOA then works for every kind of area.
members as (
    {%- for parent in [
        'neighbourhood_id', 'ward_id', 'neighbourhood_team_id',
        'community_committee_id', 'city_id'
    ] %}
    select
        code as lsoa_code,
        {{ parent }} as neighbourhood_id
    from areas
    where {{ parent }} is not null
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from members
