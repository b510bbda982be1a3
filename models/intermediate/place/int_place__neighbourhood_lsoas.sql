{%- set geography_types = [
    'lsoa', 'ward', 'neighbourhood_team', 'community_committee', 'city'
] -%}
{#- The types of area that an area of each type lies wholly inside of. Teams and
    committees are both made of wards and cut across each other. -#}
{%- set parents = {
    'lsoa': ['ward', 'neighbourhood_team', 'community_committee', 'city'],
    'ward': ['neighbourhood_team', 'community_committee', 'city'],
    'neighbourhood_team': ['city'],
    'community_committee': ['city'],
    'city': [],
} -%}
with lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

areas as (
    {%- for type in geography_types %}
        select
            {{ type }}_id as neighbourhood_id,
            lsoa_code,
            '{{ type }}' as geography_type,
            {{ type }}_code as code,
            {{ type }}_name as name,
            {%- for parent in geography_types[1:-1] %}
                {%- if parent in parents[type] %}
                    {{ parent }}_id,
                {%- else %}
                    cast(null as {{ dbt.type_string() }}) as {{ parent }}_id,
                {%- endif %}
            {%- endfor %}
            {{ 'city_id' if 'city' in parents[type]
            else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as city_id
        from lsoas
        where {{ type }}_id is not null
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from areas
