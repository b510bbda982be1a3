with countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

placed as (
    select
        countable_events.lsoa_code,
        countable_events.measure,
        coalesce(
            {{ age_band(
                age_on('countable_events.month_start_date', 'persons.birth_month')
            ) }},
            'unknown'
        ) as age_band,
        persons.sex,
        persons.ethnic_group,
        countable_events.amount,
        countable_events.month_start_date
    from countable_events
    inner join persons on countable_events.person_id = persons.person_id
    inner join lsoas on countable_events.lsoa_code = lsoas.lsoa_code
    inner join months
        on countable_events.month_start_date = months.month_start_date
)

select
    lsoa_code,
    measure,
    age_band,
    sex,
    ethnic_group,
    cast(sum(amount) as decimal(18, 4)) as amount,
    month_start_date
from placed
group by lsoa_code, measure, age_band, sex, ethnic_group, month_start_date
