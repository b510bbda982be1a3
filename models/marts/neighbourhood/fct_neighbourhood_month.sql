{%- set days = [
    'person_count', 'person_days', 'own_home_days', 'hospital_days',
    'community_bed_days', 'care_home_days'
] -%}

with lsoa_months as (
    select * from {{ ref('int_neighbourhood__lsoa_months') }}
),

members as (
    select * from {{ ref('int_place__neighbourhood_lsoas') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

area_months as (
    select
        members.neighbourhood_id,
        lsoa_months.age_band,
        lsoa_months.sex,
        {%- for column in days %}
            cast(sum(lsoa_months.{{ column }}) as bigint) as {{ column }},
        {%- endfor %}
        {%- for column in neighbourhood_measures().values() %}
        {%- if column.endswith('_gbp') %}
                cast(sum(lsoa_months.{{ column }}) as double) as {{ column }},
        {%- else %}
                cast(sum(lsoa_months.{{ column }}) as bigint) as {{ column }},
        {%- endif %}
        {%- endfor %}
        lsoa_months.month_start_date
    from lsoa_months
    inner join members on lsoa_months.lsoa_code = members.lsoa_code
    group by
        members.neighbourhood_id,
        lsoa_months.age_band,
        lsoa_months.sex,
        lsoa_months.month_start_date
)

select
    area_months.neighbourhood_id,
    area_months.age_band,
    area_months.sex,
    months.day_count as observed_days,
    {%- for column in days %}
        area_months.{{ column }},
    {%- endfor %}
    {%- for column in neighbourhood_measures().values() %}
        area_months.{{ column }},
    {%- endfor %}
    months.is_complete as is_complete_month,
    area_months.month_start_date
from area_months
inner join months on area_months.month_start_date = months.month_start_date
