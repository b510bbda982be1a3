with bed_conflicts as (
    select * from {{ ref('int_person_time__bed_conflicts') }}
),

care_home_conflicts as (
    select * from {{ ref('int_person_time__care_home_conflicts') }}
),

death_conflicts as (
    select * from {{ ref('int_person_time__death_conflicts') }}
),

period_conflicts as (
    select * from {{ ref('int_person_time__period_conflicts') }}
),

community_bed_stays as (
    select * from {{ ref('fct_community_bed_stay') }}
    where referred_date > admission_date
),

emergency_attendances as (
    select * from {{ ref('fct_emergency_attendance') }}
    where is_departure_before_arrival
),

conflicts as (
    select
        kind,
        event_id,
        other_event_id,
        person_id,
        event_type,
        source_feed,
        organisation_code,
        overlap_days,
        event_date
    from bed_conflicts
    union all
    select
        'two_care_homes' as kind,
        event_id,
        other_event_id,
        person_id,
        'care_home_stay' as event_type,
        source_feed,
        organisation_code,
        overlap_days,
        event_date
    from care_home_conflicts
    union all
    select
        kind,
        event_id,
        cast(null as {{ dbt.type_string() }}) as other_event_id,
        person_id,
        event_type,
        source_feed,
        organisation_code,
        cast(null as integer) as overlap_days,
        event_date
    from death_conflicts
    union all
    select
        'outside_file_period' as kind,
        event_id,
        cast(null as {{ dbt.type_string() }}) as other_event_id,
        person_id,
        event_type,
        source_feed,
        organisation_code,
        cast(null as integer) as overlap_days,
        event_date
    from period_conflicts
    union all
    select
        'negative_duration' as kind,
        community_bed_stay_id as event_id,
        cast(null as {{ dbt.type_string() }}) as other_event_id,
        person_id,
        'community_bed_stay' as event_type,
        'community_beds' as source_feed,
        organisation_code,
        cast(null as integer) as overlap_days,
        admission_date as event_date
    from community_bed_stays
    union all
    select
        'negative_duration' as kind,
        emergency_attendance_id as event_id,
        cast(null as {{ dbt.type_string() }}) as other_event_id,
        person_id,
        'emergency_attendance' as event_type,
        'acute_sus' as source_feed,
        organisation_code,
        cast(null as integer) as overlap_days,
        arrival_date as event_date
    from emergency_attendances
)

select
    md5(kind || '|' || event_id || '|' || coalesce(other_event_id, ''))
        as person_conflict_id,
    person_id,
    kind,
    source_feed,
    organisation_code,
    event_type,
    event_id as care_event_id,
    other_event_id as other_care_event_id,
    cast(overlap_days as integer) as overlap_days,
    event_date
from conflicts
