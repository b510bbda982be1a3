{%- set counted = neighbourhood_measures() + ['discharge_delay_days', 'cost_gbp'] -%}

-- In the vault, where it is not published: analysts have fct_care_event.
{{ config(database='vault') }}

with indicators as (
    select * from {{ ref('indicators') }}
),

board_measures as (
    select * from {{ ref('board_measures') }}
),

-- Only measures that are read by area: the others are a third of all events.
read_measures as (
    select numerator as measure from indicators
    union distinct
    select denominator as measure from indicators
    union distinct
    select event as measure from board_measures
    {%- for measure in counted %}
        union distinct
        select '{{ measure }}' as measure
    {%- endfor %}
),

-- Numbers in place of names: tens of millions of rows are joined and grouped by them.
measures as (
    select
        measure,
        cast(row_number() over (order by measure) as integer) as measure_number
    from read_measures
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

persons as (
    select
        *,
        cast(row_number() over (order by person_id) as integer) as person_number
    from {{ ref('int_population__persons') }}
),

registrations as (
    select * from {{ ref('int_population__registrations') }}
),

practices as (
    select * from {{ ref('int_place__practices') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

city_registrations as (
    select
        persons.person_number,
        registrations.practice_code,
        registrations.from_date,
        registrations.until_date
    from registrations
    inner join persons on registrations.person_id = persons.person_id
    inner join practices on registrations.practice_code = practices.practice_code
),

numbered as (
    select
        persons.person_number,
        measures.measure_number,
        lsoas.lsoa_code as residence,
        countable_events.amount,
        countable_events.event_date,
        countable_events.month_start_date
    from countable_events
    inner join measures on countable_events.measure = measures.measure
    inner join persons on countable_events.person_id = persons.person_id
    inner join months
        on countable_events.month_start_date = months.month_start_date
    left join lsoas on countable_events.lsoa_code = lsoas.lsoa_code
),

placed as (
    select
        numbered.person_number,
        numbered.measure_number,
        numbered.residence,
        city_registrations.practice_code as registration,
        numbered.amount,
        cast(round(numbered.amount) as bigint) as whole_amount,
        numbered.month_start_date
    from numbered
    left join city_registrations
        on
            numbered.person_number = city_registrations.person_number
            and numbered.event_date >= city_registrations.from_date
            and numbered.event_date < city_registrations.until_date
),

summed as (
    select
        person_number,
        measure_number,
        residence,
        registration,
        cast(sum(amount) as decimal(18, 4)) as amount,
        cast(sum(whole_amount) as bigint) as whole_amount,
        cast(sum(whole_amount * whole_amount) as bigint) as event_squares,
        month_start_date
    from placed
    where residence is not null or registration is not null
    group by
        person_number, measure_number, residence, registration, month_start_date
)

select
    summed.person_number,
    measures.measure,
    summed.residence,
    summed.registration,
    coalesce(
        {{ age_band(age_on('summed.month_start_date', 'persons.birth_month')) }},
        'unknown'
    ) as age_band,
    persons.sex,
    persons.ethnic_group,
    summed.amount,
    summed.whole_amount,
    summed.event_squares,
    summed.month_start_date
from summed
inner join measures on summed.measure_number = measures.measure_number
inner join persons on summed.person_number = persons.person_number
