with counted as (
    select
        event_type,
        count(*) as event_count
    from {{ ref('fct_care_event') }}
    group by event_type
),

sources as (
    select 'hospital_spell' as event_type from {{ ref('fct_hospital_spell') }}
    union all
    select 'emergency_attendance' as event_type
    from {{ ref('fct_emergency_attendance') }}
    union all
    select 'community_contact' as event_type from {{ ref('fct_community_contact') }}
    where is_seen
    union all
    select 'community_bed_stay' as event_type from {{ ref('fct_community_bed_stay') }}
    union all
    select 'mental_health_contact' as event_type
    from {{ ref('fct_mental_health_contact') }}
    where is_seen
    union all
    select 'mental_health_spell' as event_type from {{ ref('fct_mental_health_spell') }}
    union all
    select 'social_care_' || lower(event_type) as event_type
    from {{ ref('int_social_care__events') }}
    union all
    select 'care_home_stay' as event_type from {{ ref('fct_care_home_stay') }}
    union all
    select 'delayed_transfer' as event_type from {{ ref('fct_delayed_transfer') }}
),

expected as (
    select
        event_type,
        count(*) as source_count
    from sources
    group by event_type
)

select
    coalesce(expected.event_type, counted.event_type) as event_type,
    coalesce(counted.event_count, 0) as event_count,
    coalesce(expected.source_count, 0) as source_count
from expected
full outer join counted on expected.event_type = counted.event_type
where coalesce(counted.event_count, 0) <> coalesce(expected.source_count, 0)
