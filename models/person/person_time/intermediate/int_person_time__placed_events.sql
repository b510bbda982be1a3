-- A view in the vault for the same reasons as int_person_time__countable_events.
{{ config(materialized='view', database='vault') }}

with countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
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

placed as (
    select
        countable_events.person_id,
        countable_events.measure,
        lsoas.lsoa_code as residence,
        practices.practice_code as registration,
        countable_events.amount,
        countable_events.month_start_date
    from countable_events
    left join lsoas on countable_events.lsoa_code = lsoas.lsoa_code
    left join registrations
        on
            countable_events.person_id = registrations.person_id
            and countable_events.event_date >= registrations.from_date
            and countable_events.event_date < registrations.until_date
    left join practices on registrations.practice_code = practices.practice_code
)

-- An event is in both places, in one of them or in neither.
select
    person_id,
    measure,
    area_basis,
    small_area_code,
    amount,
    month_start_date
from placed
unpivot (small_area_code for area_basis in (residence, registration))
