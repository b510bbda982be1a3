{%- set counted = neighbourhood_measures() + ['discharge_delay_days', 'cost_gbp'] -%}

-- Only measures that are read by area: the others are a third of all events.
with indicators as (
    select * from {{ ref('indicators') }}
),

board_measures as (
    select * from {{ ref('board_measures') }}
),

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

placed_events as (
    select * from {{ ref('int_person_time__placed_events') }}
    where measure in (select measures.measure from measures)
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

aged as (
    select
        placed_events.small_area_code,
        placed_events.area_basis,
        placed_events.measure,
        coalesce(
            {{ age_band(
                age_on('placed_events.month_start_date', 'persons.birth_month')
            ) }},
            'unknown'
        ) as age_band,
        persons.sex,
        -- Nothing is asked about ethnic groups of practices.
        case when placed_events.area_basis = 'residence' then persons.ethnic_group end
            as ethnic_group,
        placed_events.amount,
        placed_events.month_start_date
    from placed_events
    inner join persons on placed_events.person_id = persons.person_id
    inner join months
        on placed_events.month_start_date = months.month_start_date
)

select
    small_area_code,
    area_basis,
    measure,
    age_band,
    sex,
    ethnic_group,
    cast(sum(amount) as decimal(18, 4)) as amount,
    month_start_date
from aged
group by
    small_area_code,
    area_basis,
    measure,
    age_band,
    sex,
    ethnic_group,
    month_start_date
