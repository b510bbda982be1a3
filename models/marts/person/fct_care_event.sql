{%- set parts = [
    {
        'from': 'hospital_spells', 'id': 'hospital_spell_id',
        'type': "'hospital_spell'", 'setting': "'hospital'", 'feed': "'acute_sus'",
        'start': 'admission_date', 'end': 'discharge_date',
        'unplanned': 'is_emergency_admission', 'cost': 'cost_gbp',
        'organisation': 'organisation_code',
    },
    {
        'from': 'emergency_attendances', 'id': 'emergency_attendance_id',
        'type': "'emergency_attendance'", 'setting': "'emergency department'",
        'feed': "'acute_sus'", 'start': 'arrival_date', 'end': 'departure_date',
        'unplanned': 'is_unplanned', 'cost': 'cost_gbp',
        'organisation': 'organisation_code',
    },
    {
        'from': 'community_contacts', 'id': 'community_contact_id',
        'type': "'community_contact'", 'setting': "'community'",
        'feed': "'community_csds'", 'start': 'contact_date', 'end': 'contact_date',
        'unplanned': 'false', 'cost': 'null', 'organisation': 'organisation_code',
    },
    {
        'from': 'community_bed_stays', 'id': 'community_bed_stay_id',
        'type': "'community_bed_stay'", 'setting': "'community bed'",
        'feed': "'community_beds'", 'start': 'admission_date', 'end': 'discharge_date',
        'unplanned': 'false', 'cost': 'null', 'organisation': 'organisation_code',
    },
    {
        'from': 'mental_health_contacts', 'id': 'mental_health_contact_id',
        'type': "'mental_health_contact'", 'setting': "'mental health community'",
        'feed': "'mental_health_mhsds'", 'start': 'contact_date', 'end': 'contact_date',
        'unplanned': 'false', 'cost': 'null', 'organisation': 'organisation_code',
    },
    {
        'from': 'mental_health_spells', 'id': 'mental_health_spell_id',
        'type': "'mental_health_spell'", 'setting': "'mental health hospital'",
        'feed': "'mental_health_mhsds'", 'start': 'admission_date',
        'end': 'discharge_date', 'unplanned': 'is_emergency_admission',
        'cost': 'null', 'organisation': 'organisation_code',
    },
    {
        'from': 'social_care_events', 'id': 'social_care_event_id',
        'type': "'social_care_' || lower(event_type)", 'setting': "'social care'",
        'feed': "'social_care_cld'", 'start': 'start_date', 'end': 'end_date',
        'unplanned': 'false', 'cost': 'null', 'organisation': 'organisation_code',
    },
    {
        'from': 'social_care_services', 'id': 'social_care_service_id',
        'type': "'social_care_service'", 'setting': "'social care'",
        'feed': "'social_care_cld'", 'start': 'start_date', 'end': 'end_date',
        'unplanned': 'false', 'cost': 'cost_gbp', 'organisation': 'organisation_code',
    },
    {
        'from': 'care_home_stays', 'id': 'care_home_stay_id',
        'type': "'care_home_stay'", 'setting': "'care home'",
        'feed': "case when is_on_gp_list then 'primary_care' else 'social_care_cld' end",
        'start': 'start_date', 'end': 'end_date', 'unplanned': 'false', 'cost': 'null',
        'organisation': 'cqc_location_id',
    },
    {
        'from': 'delayed_transfers', 'id': 'delayed_transfer_id',
        'type': "'delayed_transfer'", 'setting': "'hospital'", 'feed': "'delays'",
        'start': 'start_date', 'end': 'end_date', 'unplanned': 'false', 'cost': 'null',
        'organisation': 'organisation_code',
    },
] -%}

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
    {%- for part in parts %}
        select
            {{ part.id }} as care_event_id,
            person_id,
            {{ part.type }} as event_type,
            {{ part.setting }} as setting,
            {{ part.organisation }} as organisation_code,
            lsoa_code,
            {{ part.feed }} as source_feed,
            cast({{ part.cost }} as double) as cost_gbp,
            {{ part.unplanned }} as is_unplanned,
            {{ part.start }} as start_date,
            {{ part.end }} as end_date
        from {{ part.from }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from events
