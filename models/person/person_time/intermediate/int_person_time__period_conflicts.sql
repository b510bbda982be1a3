-- In the vault: it reads delivered numbers to find the file behind an event.
{{ config(database='vault') }}

with id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

submissions as (
    select * from {{ ref('stg_feeds__submissions') }}
),

records as (
    select
        'acute_sus' as feed,
        'hospital_spell' as event_type,
        file_id,
        provider_code,
        spell_number as record_number,
        discharge_date as delivered_date
    from {{ ref('stg_acute_sus__spells') }}
    union all
    select
        'acute_sus' as feed,
        'emergency_attendance' as event_type,
        file_id,
        provider_code,
        attendance_id as record_number,
        arrival_date as delivered_date
    from {{ ref('stg_acute_sus__emergency_attendances') }}
    union all
    select
        'community_csds' as feed,
        'community_contact' as event_type,
        file_id,
        provider_code,
        contact_id as record_number,
        contact_date as delivered_date
    from {{ ref('stg_community_csds__contacts') }}
    union all
    select
        'mental_health_mhsds' as feed,
        'mental_health_contact' as event_type,
        file_id,
        provider_code,
        contact_id as record_number,
        contact_date as delivered_date
    from {{ ref('stg_mental_health_mhsds__contacts') }}
),

outside as (
    select
        records.event_type,
        records.provider_code,
        records.record_number
    from records
    inner join submissions
        on records.feed = submissions.feed and records.file_id = submissions.file_id
    where
        records.delivered_date
        < {{ add_days('submissions.period_start_date', -365) }}
        or records.delivered_date
        > {{ add_days('submissions.period_end_date', 365) }}
),

-- Hashes of the few that are outside.
identified as (
    select
        {{ event_id_of_kind(
            'outside.event_type',
            ['outside.provider_code', 'outside.record_number']
        ) }} as event_id
    from outside
    cross join id_salt
),

-- Contacts count whether or not the person was seen: the date is wrong in either case.
events as (
    select
        hospital_spell_id as event_id,
        person_id,
        'hospital_spell' as event_type,
        'acute_sus' as source_feed,
        organisation_code,
        admission_date as event_date
    from {{ ref('fct_hospital_spell') }}
    union all
    select
        emergency_attendance_id as event_id,
        person_id,
        'emergency_attendance' as event_type,
        'acute_sus' as source_feed,
        organisation_code,
        arrival_date as event_date
    from {{ ref('fct_emergency_attendance') }}
    union all
    select
        community_contact_id as event_id,
        person_id,
        'community_contact' as event_type,
        'community_csds' as source_feed,
        organisation_code,
        contact_date as event_date
    from {{ ref('fct_community_contact') }}
    union all
    select
        mental_health_contact_id as event_id,
        person_id,
        'mental_health_contact' as event_type,
        'mental_health_mhsds' as source_feed,
        organisation_code,
        contact_date as event_date
    from {{ ref('fct_mental_health_contact') }}
)

select events.*
from events
inner join identified on events.event_id = identified.event_id
