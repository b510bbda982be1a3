with measures as (
    select distinct counted_as from {{ ref('unplanned_care_measures') }}
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
    where
        event_type in ('emergency_attendance', 'hospital_spell')
        and measure in (select measures.counted_as from measures)
),

attendances as (
    select * from {{ ref('fct_emergency_attendance') }}
),

spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

icd10_chapters as (
    select * from {{ ref('icd10_chapters') }}
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

-- How the person came to hospital and what for. Nights go by the first spell of the
-- stay.
described as (
    select
        emergency_attendance_id as event_id,
        'complaint ' || chief_complaint_code as condition,
        case
            when is_ambulance_conveyed then 'ambulance to A&E'
            else 'own way to A&E'
        end as route
    from attendances
    union all
    select
        spells.hospital_spell_id as event_id,
        icd10_chapters.name as condition,
        case
            when spells.is_ambulance_conveyed then 'ambulance to A&E'
            when spells.admission_method_code = '21' then 'own way to A&E'
            else 'directly to a ward'
        end as route
    from spells
    left join icd10_chapters
        on
            substr(spells.primary_icd10_code, 1, 3)
            between icd10_chapters.first_code and icd10_chapters.last_code
),

placed as (
    select
        countable_events.measure as counted_as,
        countable_events.event_id,
        countable_events.lsoa_code,
        coalesce(
            {{ age_band(
                age_on('countable_events.month_start_date', 'persons.birth_month')
            ) }},
            'unknown'
        ) as age_band,
        described.route,
        coalesce(described.condition, 'not recorded') as condition,
        countable_events.amount,
        countable_events.month_start_date
    from countable_events
    inner join described on countable_events.event_id = described.event_id
    inner join persons on countable_events.person_id = persons.person_id
    inner join lsoas on countable_events.lsoa_code = lsoas.lsoa_code
    inner join months
        on countable_events.month_start_date = months.month_start_date
)

select
    counted_as,
    lsoa_code,
    age_band,
    route,
    condition,
    cast(sum(amount) as bigint) as event_count,
    count(distinct event_id) as case_count,
    month_start_date
from placed
group by counted_as, lsoa_code, age_band, route, condition, month_start_date
