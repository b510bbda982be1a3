{{ config(enabled=var('coarse_tables')) }}
{%- set shift_days = var('coarse_shift_days') -%}
{%- set first_month = "cast('" ~ var('first_month') ~ "' as date)" -%}

with coarse_people as (
    select * from {{ ref('int_coarse__people') }}
),

events as (
    select * from {{ ref('fct_care_event') }}
),

areas as (
    select * from {{ ref('int_coarse__areas') }}
),

moved as (
    select
        coarse_people.coarse_person_id as person_id,
        events.event_type,
        events.setting,
        events.is_unplanned,
        areas.neighbourhood_id,
        round(events.cost_gbp / 100) * 100 as cost_gbp,
        {{ add_days('events.start_date', 'coarse_people.moved_days') }} as start_date,
        {{ add_days('events.end_date', 'coarse_people.moved_days') }} as end_date,
        {{ add_days(first_month, shift_days) }} as first_date,
        {{ add_days(as_of_date(), -shift_days) }} as last_date
    from events
    inner join coarse_people on events.person_id = coarse_people.person_id
    left join areas on events.lsoa_code = areas.lsoa_code
),

-- The first and the last days of the data would tell by how many days a person was
-- moved: they are left out, for everyone alike.
within as (
    select
        person_id,
        event_type,
        setting,
        is_unplanned,
        neighbourhood_id,
        cost_gbp,
        start_date,
        case when end_date <= last_date then end_date end as end_date
    from moved
    where start_date between first_date and last_date
)

select
    person_id,
    row_number() over (
        partition by person_id
        order by
            start_date asc, event_type asc, end_date asc, setting asc,
            is_unplanned asc, neighbourhood_id asc, cost_gbp asc
    ) as event_number,
    event_type,
    setting,
    is_unplanned,
    neighbourhood_id,
    cost_gbp,
    start_date,
    end_date
from within
