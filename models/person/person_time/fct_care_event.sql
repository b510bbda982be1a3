with hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

emergency_attendances as (
    select * from {{ ref('fct_emergency_attendance') }}
),

community_contacts as (
    select * from {{ ref('fct_community_contact') }}
    where is_seen
),

community_bed_stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

mental_health_contacts as (
    select * from {{ ref('fct_mental_health_contact') }}
    where is_seen
),

mental_health_spells as (
    select * from {{ ref('fct_mental_health_spell') }}
),

social_care_events as (
    select * from {{ ref('int_social_care__events') }}
    where event_type <> 'Service'
),

social_care_services as (
    select * from {{ ref('fct_social_care_service') }}
),

care_home_stays as (
    select * from {{ ref('fct_care_home_stay') }}
),

delayed_transfers as (
    select * from {{ ref('fct_delayed_transfer') }}
),

events as (
    select
        hospital_spell_id as care_event_id,
        person_id,
        'hospital_spell' as event_type,
        'hospital' as setting,
        organisation_code,
        lsoa_code,
        'acute_sus' as source_feed,
        cost_gbp,
        is_emergency_admission as is_unplanned,
        admission_date as start_date,
        discharge_date as end_date
    from hospital_spells
    union all
    select
        emergency_attendance_id as care_event_id,
        person_id,
        'emergency_attendance' as event_type,
        case
            when is_same_day_emergency_care then 'same day emergency care'
            else 'emergency department'
        end as setting,
        organisation_code,
        lsoa_code,
        'acute_sus' as source_feed,
        cost_gbp,
        is_unplanned,
        arrival_date as start_date,
        departure_date as end_date
    from emergency_attendances
    union all
    select
        community_contact_id as care_event_id,
        person_id,
        'community_contact' as event_type,
        'community' as setting,
        organisation_code,
        lsoa_code,
        'community_csds' as source_feed,
        cast(null as double) as cost_gbp,
        false as is_unplanned,
        contact_date as start_date,
        contact_date as end_date
    from community_contacts
    union all
    select
        community_bed_stay_id as care_event_id,
        person_id,
        'community_bed_stay' as event_type,
        'community bed' as setting,
        organisation_code,
        lsoa_code,
        'community_beds' as source_feed,
        cast(null as double) as cost_gbp,
        false as is_unplanned,
        admission_date as start_date,
        discharge_date as end_date
    from community_bed_stays
    union all
    select
        mental_health_contact_id as care_event_id,
        person_id,
        'mental_health_contact' as event_type,
        'mental health community' as setting,
        organisation_code,
        lsoa_code,
        'mental_health_mhsds' as source_feed,
        cast(null as double) as cost_gbp,
        false as is_unplanned,
        contact_date as start_date,
        contact_date as end_date
    from mental_health_contacts
    union all
    select
        mental_health_spell_id as care_event_id,
        person_id,
        'mental_health_spell' as event_type,
        'mental health hospital' as setting,
        organisation_code,
        lsoa_code,
        'mental_health_mhsds' as source_feed,
        cast(null as double) as cost_gbp,
        is_emergency_admission as is_unplanned,
        admission_date as start_date,
        discharge_date as end_date
    from mental_health_spells
    union all
    select
        social_care_event_id as care_event_id,
        person_id,
        'social_care_' || lower(event_type) as event_type,
        'social care' as setting,
        organisation_code,
        lsoa_code,
        'social_care_cld' as source_feed,
        cast(null as double) as cost_gbp,
        false as is_unplanned,
        start_date,
        end_date
    from social_care_events
    union all
    select
        social_care_service_id as care_event_id,
        person_id,
        'social_care_service' as event_type,
        'social care' as setting,
        organisation_code,
        lsoa_code,
        'social_care_cld' as source_feed,
        cost_gbp,
        false as is_unplanned,
        start_date,
        end_date
    from social_care_services
    union all
    select
        care_home_stay_id as care_event_id,
        person_id,
        'care_home_stay' as event_type,
        'care home' as setting,
        cqc_location_id as organisation_code,
        lsoa_code,
        case when is_on_gp_list then 'primary_care' else 'social_care_cld' end
            as source_feed,
        cast(null as double) as cost_gbp,
        false as is_unplanned,
        start_date,
        end_date
    from care_home_stays
    union all
    select
        delayed_transfer_id as care_event_id,
        person_id,
        'delayed_transfer' as event_type,
        'hospital' as setting,
        organisation_code,
        lsoa_code,
        'delays' as source_feed,
        cast(null as double) as cost_gbp,
        false as is_unplanned,
        start_date,
        end_date
    from delayed_transfers
)

select * from events
