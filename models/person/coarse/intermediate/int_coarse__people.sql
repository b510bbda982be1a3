{{ config(enabled=var('coarse_tables'), database='vault') }}

{%- set shift_days = var('coarse_shift_days') %}

with people as (
    select * from {{ ref('dim_person') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

hashed as (
    select
        people.person_id,
        {{ event_id('coarse person', ['people.person_id']) }} as coarse_person_id,
        {{ event_id('days moved', ['people.person_id']) }} as draw
    from people
    cross join id_salt
),

-- The first four hexadecimal digits of the draw, as a number from 0 to 65,535.
drawn as (
    select
        person_id,
        coarse_person_id,
        {%- for place in [1, 2, 3, 4] %}
            {{ 16 ** (4 - place) }}
            * (position(substr(draw, {{ place }}, 1) in '0123456789abcdef') - 1)
            {{- ' +' if not loop.last }}
        {%- endfor %} as draw
    from hashed
)

select
    person_id,
    coarse_person_id,
    cast(draw % (2 * {{ shift_days }} + 1) - {{ shift_days }} as integer) as moved_days
from drawn
