-- A view, since its rows are many and all made of other tables; in the vault, since it
-- reads days of death there and a view of the hub must open without the vault.
{{ config(materialized='view', database='vault') }}

-- What is counted per person and per neighbourhood: one row is one event under one
-- measure, with the amount that it adds.
with care_events as (
    select * from {{ ref('fct_care_event') }}
),

emergency_attendances as (
    select * from {{ ref('fct_emergency_attendance') }}
),

hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

discharges as (
    select * from {{ ref('int_hospital__discharges') }}
),

readmissions as (
    select distinct index_stay_id from {{ ref('int_hospital__readmissions') }}
),

-- Only discharges after which the thirty days have passed can have had none.
index_discharges as (
    select
        hospital_spells.person_id,
        hospital_spells.lsoa_code,
        readmissions.index_stay_id is not null as is_readmitted,
        discharges.stay_discharge_date
    from discharges
    inner join hospital_spells
        on discharges.continuous_stay_id = hospital_spells.hospital_spell_id
    left join readmissions
        on discharges.continuous_stay_id = readmissions.index_stay_id
    where
        discharges.is_index
        and {{ add_days('discharges.stay_discharge_date', 29) }} <= {{ as_of_date() }}
),

community_contacts as (
    select * from {{ ref('fct_community_contact') }}
),

community_bed_stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

mental_health_spells as (
    select * from {{ ref('fct_mental_health_spell') }}
),

social_care_services as (
    select * from {{ ref('fct_social_care_service') }}
),

service_costs as (
    select * from {{ ref('int_social_care__service_month_costs') }}
),

reablement_episodes as (
    select * from {{ ref('int_social_care__reablement_episodes') }}
    where age_years >= 65 and is_after_hospital
),

long_term_admissions as (
    select * from {{ ref('int_social_care__new_long_term_admissions') }}
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

last_days_of_life as (
    select * from {{ ref('int_person_time__last_days_of_life') }}
),

counted as (
    select
        person_id,
        lsoa_code,
        event_type as measure,
        1 as amount,
        start_date as event_date
    from care_events
    {%- for family in numerators() %}
    {%- for measure, counts in family.measures.items() %}
            union all
            select
                person_id,
                lsoa_code,
                '{{ measure }}' as measure,
                {{ 1 if counts is string else counts[1] }} as amount,
                {{ family.date }} as event_date
            from {{ family.from }}
            where {{ counts if counts is string else counts[0] }}
        {%- endfor %}
    {%- endfor %}
)

select
    person_id,
    lsoa_code,
    measure,
    -- Decimals add up to the same in whatever order they come; doubles do not.
    cast(amount as decimal(18, 4)) as amount,
    cast(date_trunc('month', event_date) as date) as month_start_date
from counted
where event_date <= {{ as_of_date() }}
