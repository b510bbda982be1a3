{%- set sources = {
    'hospital_spell': ('fct_hospital_spell', 'true'),
    'emergency_attendance': ('fct_emergency_attendance', 'true'),
    'community_contact': ('fct_community_contact', 'is_seen'),
    'community_bed_stay': ('fct_community_bed_stay', 'true'),
    'mental_health_contact': ('fct_mental_health_contact', 'is_seen'),
    'mental_health_spell': ('fct_mental_health_spell', 'true'),
    'social_care_request': ('int_social_care__events', "event_type = 'Request'"),
    'social_care_assessment':
        ('int_social_care__events', "event_type = 'Assessment'"),
    'social_care_review': ('int_social_care__events', "event_type = 'Review'"),
    'social_care_service': ('fct_social_care_service', 'true'),
    'care_home_stay': ('fct_care_home_stay', 'true'),
    'delayed_transfer': ('fct_delayed_transfer', 'true'),
} -%}

with counted as (
    select
        event_type,
        count(*) as event_count
    from {{ ref('fct_care_event') }}
    group by event_type
),

expected as (
    {%- for event_type, part in sources.items() %}
        select
            '{{ event_type }}' as event_type,
            count(case when {{ part[1] }} then 1 end) as source_count
        from {{ ref(part[0]) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    coalesce(expected.event_type, counted.event_type) as event_type,
    coalesce(counted.event_count, 0) as event_count,
    coalesce(expected.source_count, 0) as source_count
from expected
full outer join counted on expected.event_type = counted.event_type
where coalesce(counted.event_count, 0) <> coalesce(expected.source_count, 0)
