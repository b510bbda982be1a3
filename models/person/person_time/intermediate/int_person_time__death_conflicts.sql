-- In the vault because it compares with the day of death.
{{ config(database='vault') }}

with care_events as (
    select * from {{ ref('fct_care_event') }}
),

assumed_ends as (
    select hospital_spell_id as event_id from {{ ref('fct_hospital_spell') }}
    where is_end_assumed and not is_probable_duplicate
    union all
    select mental_health_spell_id as event_id from {{ ref('fct_mental_health_spell') }}
    where is_end_assumed
    union all
    select community_bed_stay_id as event_id from {{ ref('fct_community_bed_stay') }}
    where is_end_assumed
    union all
    select social_care_event_id as event_id from {{ ref('int_social_care__events') }}
    where is_end_assumed
    union all
    select delayed_transfer_id as event_id from {{ ref('fct_delayed_transfer') }}
    where is_end_assumed
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

compared as (
    select
        care_events.care_event_id,
        care_events.person_id,
        care_events.event_type,
        care_events.source_feed,
        care_events.organisation_code,
        care_events.start_date,
        assumed_ends.event_id is not null as is_end_assumed,
        coalesce(care_events.start_date > deaths.death_date, false)
            as is_after_death,
        coalesce(care_events.end_date > deaths.death_date, false)
            as is_beyond_death,
        coalesce(care_events.end_date = deaths.death_date, false)
            as is_ended_by_death
    from care_events
    left join assumed_ends on care_events.care_event_id = assumed_ends.event_id
    left join deaths on care_events.person_id = deaths.person_id
    where
        assumed_ends.event_id is not null
        or deaths.death_date < care_events.start_date
        or deaths.death_date < care_events.end_date
)

select
    case
        when is_after_death then 'care_after_death'
        when is_beyond_death then 'care_beyond_death'
        when is_ended_by_death then 'open_after_death'
        else 'no_longer_listed'
    end as kind,
    care_event_id as event_id,
    person_id,
    event_type,
    source_feed,
    organisation_code,
    start_date as event_date
from compared
