-- A view, since its rows are many and all come from other tables. In the vault, since
-- it reads days of death there, and a view of the hub must open without the vault.
{{ config(materialized='view', database='vault') }}

with care_events as (
    select * from {{ ref('fct_care_event') }}
),

hospital_events as (
    select * from {{ ref('int_hospital__countable_events') }}
),

social_care_events as (
    select * from {{ ref('int_social_care__countable_events') }}
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

trust_delay_days as (
    select * from {{ ref('int_delays__trust_days') }}
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

last_days_of_life as (
    select * from {{ ref('int_person_time__last_days_of_life') }}
),

-- A column named for a measure holds what the death adds to it, and null when the death
-- does not count.
by_death as (
    select
        person_id as event_id,
        person_id,
        lsoa_code,
        death_date as event_date,
        1 as death,
        case when place_of_death is not null then 1 end as registered_death,
        case when is_usual_place then 1 end as death_at_usual_place
    from deaths
),

by_month_of_death as (
    select
        person_id as event_id,
        person_id,
        lsoa_code,
        death_month as event_date,
        home_days as last_90_days_at_home,
        case when emergency_admission_count > 0 then emergency_admission_count end
            as end_of_life_emergency_admission
    from last_days_of_life
),

counted as (
    select
        event_type,
        care_event_id as event_id,
        person_id,
        lsoa_code,
        start_date as event_date,
        event_type as measure,
        1 as amount
    from care_events
    union all
    -- Social care services are left out here: their cost is spread over their months.
    select
        event_type,
        care_event_id as event_id,
        person_id,
        lsoa_code,
        start_date as event_date,
        'cost_gbp' as measure,
        cast(cost_gbp as decimal(18, 4)) as amount
    from care_events
    where cost_gbp is not null and event_type <> 'social_care_service'
    union all
    select * from hospital_events
    union all
    select * from social_care_events
    union all
    select
        'community_contact' as event_type,
        community_contact_id as event_id,
        person_id,
        lsoa_code,
        contact_date as event_date,
        'district_nursing_contact' as measure,
        1 as amount
    from community_contacts
    where is_seen and is_district_nursing
    union all
    select
        'community_bed_stay' as event_type,
        community_bed_stay_id as event_id,
        person_id,
        lsoa_code,
        admission_date as event_date,
        'community_bed_days' as measure,
        length_of_stay_days as amount
    from community_bed_stays
    where length_of_stay_days > 0
    union all
    select
        'mental_health_spell' as event_type,
        mental_health_spell_id as event_id,
        person_id,
        lsoa_code,
        admission_date as event_date,
        'mental_health_crisis_admission' as measure,
        1 as amount
    from mental_health_spells
    where is_emergency_admission
    union all
    select
        'delayed_transfer' as event_type,
        delayed_transfer_id as event_id,
        person_id,
        lsoa_code,
        first_date as event_date,
        'trust_delay_days' as measure,
        day_count as amount
    from trust_delay_days
    union all
    select
        'death' as event_type,
        event_id,
        person_id,
        lsoa_code,
        event_date,
        measure,
        amount
    from by_death
    unpivot (amount for measure in (death, registered_death, death_at_usual_place))
    union all
    select
        'death' as event_type,
        event_id,
        person_id,
        lsoa_code,
        event_date,
        measure,
        amount
    from by_month_of_death
    unpivot (amount for measure in (
        last_90_days_at_home, end_of_life_emergency_admission
    ))
)

select
    event_type,
    event_id,
    person_id,
    lsoa_code,
    measure,
    -- Sums of decimals do not depend on the order of their rows; sums of doubles do.
    cast(amount as decimal(18, 4)) as amount,
    event_date,
    cast(date_trunc('month', event_date) as date) as month_start_date
from counted
where event_date <= {{ as_of_date() }}
