{%- set counted = neighbourhood_measures() + ['discharge_delay_days', 'cost_gbp'] -%}

-- In the vault for the same reasons as int_person_time__countable_events.
{{ config(database='vault') }}

with indicators as (
    select * from {{ ref('indicators') }}
),

board_measures as (
    select * from {{ ref('board_measures') }}
),

-- Only measures that are read by area: the others are a third of all events.
measures as (
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

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
    where measure in (select measures.measure from measures)
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

registrations as (
    select * from {{ ref('int_population__registrations') }}
),

practices as (
    select * from {{ ref('int_place__practices') }}
),

persons as (
    select
        *,
        cast(row_number() over (order by person_id) as integer) as person_number
    from {{ ref('int_population__persons') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

placed as (
    select
        persons.person_number,
        countable_events.measure,
        lsoas.lsoa_code as residence,
        practices.practice_code as registration,
        countable_events.amount,
        cast(round(countable_events.amount) as bigint) as whole_amount,
        countable_events.month_start_date
    from countable_events
    inner join persons on countable_events.person_id = persons.person_id
    inner join months
        on countable_events.month_start_date = months.month_start_date
    left join lsoas on countable_events.lsoa_code = lsoas.lsoa_code
    left join registrations
        on
            countable_events.person_id = registrations.person_id
            and countable_events.event_date >= registrations.from_date
            and countable_events.event_date < registrations.until_date
    left join practices on registrations.practice_code = practices.practice_code
),

summed as (
    select
        person_number,
        measure,
        residence,
        registration,
        cast(sum(amount) as decimal(18, 4)) as amount,
        cast(sum(whole_amount) as bigint) as whole_amount,
        cast(sum(whole_amount * whole_amount) as bigint) as event_squares,
        month_start_date
    from placed
    where residence is not null or registration is not null
    group by person_number, measure, residence, registration, month_start_date
)

select
    summed.person_number,
    summed.measure,
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
inner join persons on summed.person_number = persons.person_number
