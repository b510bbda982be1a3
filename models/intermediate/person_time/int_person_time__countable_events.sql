-- A view, since its rows are many and all made of other tables; in the vault, since it
-- reads days of death there and a view of the hub must open without the vault.
{{ config(materialized='view', database='vault') }}

-- What is counted per person and per neighbourhood: one row is one event under one
-- measure, with the amount that it adds.
with hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

care_events as (
    select * from {{ ref('fct_care_event') }}
),

community_contacts as (
    select * from {{ ref('fct_community_contact') }}
    where is_seen and team_type_code = '12'
),

reablement_episodes as (
    select * from {{ ref('int_social_care__reablement_episodes') }}
    where age_years >= 65 and is_after_hospital
),

long_term_admissions as (
    select * from {{ ref('int_social_care__new_long_term_admissions') }}
),

service_costs as (
    select * from {{ ref('int_social_care__service_month_costs') }}
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

counted as (
    select
        person_id,
        lsoa_code,
        event_type as measure,
        1 as amount,
        start_date as event_date
    from care_events
    union all
    select
        person_id,
        lsoa_code,
        'cost_gbp' as measure,
        cost_gbp as amount,
        start_date as event_date
    from care_events
    where cost_gbp is not null and event_type <> 'social_care_service'
    union all
    select
        person_id,
        lsoa_code,
        'cost_gbp' as measure,
        cost_gbp as amount,
        month_start_date as event_date
    from service_costs
    union all
    select
        person_id,
        lsoa_code,
        'unplanned_attendance' as measure,
        1 as amount,
        start_date as event_date
    from care_events
    where event_type = 'emergency_attendance' and is_unplanned
    {%- for measure, condition in {
        'emergency_admission': 'is_emergency_admission',
        'acsc_admission': 'is_acsc_admission',
        'fall_admission': 'is_emergency_admission and has_fall',
        'zero_day_emergency_admission':
            'is_emergency_admission and length_of_stay_days = 0',
        'emergency_readmission': 'is_emergency_readmission',
        'elective_admission': "admission_method_code in ('11', '12', '13')",
    }.items() %}
    union all
    select
        person_id,
        lsoa_code,
        '{{ measure }}' as measure,
        1 as amount,
        admission_date as event_date
    from hospital_spells
    where {{ condition }}
    {%- endfor %}
    union all
    select
        person_id,
        lsoa_code,
        'discharge_delay_days' as measure,
        discharge_delay_days as amount,
        discharge_date as event_date
    from hospital_spells
    where discharge_delay_days > 0
    union all
    select
        person_id,
        lsoa_code,
        'district_nursing_contact' as measure,
        1 as amount,
        contact_date as event_date
    from community_contacts
    union all
    select
        person_id,
        lsoa_code,
        'new_long_term_admission' as measure,
        1 as amount,
        admission_date as event_date
    from long_term_admissions
    union all
    select
        person_id,
        lsoa_code,
        'reablement_episode' as measure,
        1 as amount,
        start_date as event_date
    from reablement_episodes
    where is_successful is not null
    union all
    select
        person_id,
        lsoa_code,
        'reablement_success' as measure,
        1 as amount,
        start_date as event_date
    from reablement_episodes
    where is_successful
    union all
    select
        person_id,
        lsoa_code,
        'death' as measure,
        1 as amount,
        death_date as event_date
    from deaths
)

select
    person_id,
    lsoa_code,
    measure,
    -- Decimals add up to the same in whatever order they come; doubles do not.
    cast(amount as decimal(18, 4)) as amount,
    cast(date_trunc('month', event_date) as date) as month_start_date
from counted
