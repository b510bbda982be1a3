-- A view, since its rows are many and all made of other tables; in the vault, since it
-- reads days of death there and a view of the hub must open without the vault.
{{ config(materialized='view', database='vault') }}

{#- Every numerator, by the family of rows that it counts: the condition for a row to
    count, and after it what a row adds if that is not 1. -#}
{%- set families = [
    {
        'from': 'care_events', 'date': 'start_date',
        'measures': {
            'cost_gbp': [
                "cost_gbp is not null and event_type <> 'social_care_service'",
                'cost_gbp',
            ],
        },
    },
    {
        'from': 'service_costs', 'date': 'month_start_date',
        'measures': {'cost_gbp': ['true', 'cost_gbp']},
    },
    {
        'from': 'emergency_attendances', 'date': 'arrival_date',
        'measures': {
            'unplanned_attendance': 'is_unplanned',
            'ambulance_attendance': 'is_unplanned and is_ambulance_conveyed',
            'attendance_not_admitted': 'is_unplanned and not is_admitted',
        },
    },
    {
        'from': 'hospital_spells', 'date': 'admission_date',
        'measures': {
            'emergency_admission': 'is_emergency_admission',
            'zero_day_emergency_admission':
                'is_emergency_admission and length_of_stay_days = 0',
            'ended_emergency_admission':
                'is_emergency_admission and length_of_stay_days is not null',
            'emergency_bed_days': [
                'is_emergency_admission and length_of_stay_days > 0',
                'length_of_stay_days',
            ],
            'emergency_readmission': 'is_emergency_readmission',
            'elective_admission': "admission_method_code in ('11', '12', '13')",
            'fall_admission': 'is_emergency_admission and has_fall',
            'acsc_admission': 'is_acsc_admission',
            'acsc_admission_angina':
                "is_acsc_admission and acsc_condition_group = 'Angina'",
            'acsc_admission_asthma':
                "is_acsc_admission and acsc_condition_group = 'Asthma'",
            'acsc_admission_atrial_fibrillation':
                "is_acsc_admission and acsc_condition_group"
                ~ " = 'Atrial fibrillation and flutter'",
            'acsc_admission_hepatitis_b':
                "is_acsc_admission and acsc_condition_group = 'Chronic hepatitis B'",
            'acsc_admission_copd':
                "is_acsc_admission and acsc_condition_group"
                ~ " = 'Chronic obstructive pulmonary disease'",
            'acsc_admission_heart_failure':
                "is_acsc_admission and acsc_condition_group"
                ~ " = 'Congestive heart failure'",
            'acsc_admission_dementia':
                "is_acsc_admission and acsc_condition_group = 'Dementia'",
            'acsc_admission_diabetes':
                "is_acsc_admission and acsc_condition_group = 'Diabetes complications'",
            'acsc_admission_epilepsy':
                "is_acsc_admission and acsc_condition_group = 'Epilepsy'",
            'acsc_admission_hypertension':
                "is_acsc_admission and acsc_condition_group = 'Hypertension'",
            'acsc_admission_anaemia':
                "is_acsc_admission and acsc_condition_group"
                ~ " = 'Iron-deficiency anaemia'",
        },
    },
    {
        'from': 'hospital_spells', 'date': 'discharge_date',
        'measures': {
            'discharge_delay_days': [
                'discharge_delay_days > 0', 'discharge_delay_days'
            ],
        },
    },
    {
        'from': 'index_discharges', 'date': 'stay_discharge_date',
        'measures': {
            'index_discharge': 'true',
            'readmitted_discharge': 'is_readmitted',
        },
    },
    {
        'from': 'community_contacts', 'date': 'contact_date',
        'measures': {
            'district_nursing_contact': "is_seen and team_type_code = '12'",
        },
    },
    {
        'from': 'community_bed_stays', 'date': 'admission_date',
        'measures': {
            'community_bed_days': ['length_of_stay_days > 0', 'length_of_stay_days'],
        },
    },
    {
        'from': 'mental_health_spells', 'date': 'admission_date',
        'measures': {'mental_health_crisis_admission': 'is_emergency_admission'},
    },
    {
        'from': 'social_care_services', 'date': 'start_date',
        'measures': {
            'home_care_start':
                "service_component = 'Home support or domiciliary care'",
        },
    },
    {
        'from': 'long_term_admissions', 'date': 'admission_date',
        'measures': {
            'new_long_term_admission': 'true',
            'new_residential_admission':
                "service_type = 'Long term support: Residential care'",
            'new_nursing_admission':
                "service_type = 'Long term support: Nursing care'",
        },
    },
    {
        'from': 'reablement_episodes', 'date': 'start_date',
        'measures': {
            'reablement_episode': 'is_successful is not null',
            'reablement_success': 'is_successful',
        },
    },
    {
        'from': 'deaths', 'date': 'death_date',
        'measures': {
            'death': 'true',
            'registered_death': 'place_of_death is not null',
            'death_at_usual_place': "place_of_death in ('home', 'care home')",
        },
    },
    {
        'from': 'last_days_of_life', 'date': 'death_month',
        'measures': {
            'last_90_days_at_home': ['true', 'home_days'],
            'end_of_life_emergency_admission': [
                'emergency_admission_count > 0', 'emergency_admission_count'
            ],
        },
    },
] -%}

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
    {%- for family in families %}
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
