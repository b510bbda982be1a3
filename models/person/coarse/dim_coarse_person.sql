{{ config(enabled=var('coarse_tables')) }}
{%- set period = var('coarse_period') -%}

with coarse_people as (
    select * from {{ ref('int_coarse__people') }}
),

people as (
    select * from {{ ref('dim_person') }}
),

residences as (
    select * from {{ ref('fct_person_residence') }}
),

areas as (
    select * from {{ ref('int_coarse__areas') }}
),

last_residences as (
    select
        person_id,
        max_by(lsoa_code, from_date) as lsoa_code
    from residences
    group by person_id
)

select
    coarse_people.coarse_person_id as person_id,
    people.sex,
    people.ethnic_group,
    people.segment,
    people.frailty_band,
    areas.neighbourhood_id,
    people.is_resident,
    cast(date_trunc('{{ period }}', people.birth_month) as date)
        as birth_period_start_date,
    cast(
        date_trunc(
            '{{ period }}',
            {{ add_days('people.death_date', 'coarse_people.moved_days') }}
        ) as date
    ) as death_period_start_date
from people
inner join coarse_people on people.person_id = coarse_people.person_id
left join last_residences on people.person_id = last_residences.person_id
left join areas on last_residences.lsoa_code = areas.lsoa_code
