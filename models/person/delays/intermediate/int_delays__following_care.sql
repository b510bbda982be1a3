with waits as (
    select
        *,
        {{ add_days('until_date', var('following_care_days')) }} as last_follow_up_date
    from {{ ref('int_delays__waits') }}
    where not is_open
),

community_bed_stays as (
    select * from {{ ref('int_community__bed_stays') }}
),

care_home_stays as (
    select * from {{ ref('fct_care_home_stay') }}
),

social_care_services as (
    select * from {{ ref('fct_social_care_service') }}
    where
        client_type = 'Service user'
        and service_setting in ('own home', 'reablement')
),

community_contacts as (
    select * from {{ ref('fct_community_contact') }}
    where is_seen
),

hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
    where is_emergency_admission
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

-- Care that a pathway names has the pathway's name (seed delay_next_settings).
-- Admissions, contacts and deaths count on their day only.
care as (
    select
        person_id,
        'community bed' as care,
        admission_date as from_date,
        {{ add_days('admission_date', 1) }} as until_date
    from community_bed_stays
    union all
    select
        person_id,
        'care home' as care,
        start_date as from_date,
        coalesce(
            {{ add_days('end_date', 1) }}, {{ add_days(as_of_date(), 1) }}
        ) as until_date
    from care_home_stays
    union all
    select
        person_id,
        case
            when service_setting = 'reablement' then 'reablement'
            else 'home with care'
        end as care,
        start_date as from_date,
        coalesce(
            {{ add_days('end_date', 1) }}, {{ add_days(as_of_date(), 1) }}
        ) as until_date
    from social_care_services
    union all
    select
        person_id,
        'community team' as care,
        contact_date as from_date,
        {{ add_days('contact_date', 1) }} as until_date
    from community_contacts
    union all
    select
        person_id,
        'emergency readmission' as care,
        admission_date as from_date,
        {{ add_days('admission_date', 1) }} as until_date
    from hospital_spells
    union all
    select
        person_id,
        'death' as care,
        death_date as from_date,
        {{ add_days('death_date', 1) }} as until_date
    from deaths
),

-- Care that began within the days after the wait, or was in place when it ended.
following as (
    select
        waits.delayed_transfer_id,
        waits.pathway,
        care.care,
        min(
            greatest({{ dbt.datediff('waits.until_date', 'care.from_date', 'day') }}, 0)
        ) as days_to_care
    from waits
    inner join care
        on
            waits.person_id = care.person_id
            and waits.last_follow_up_date >= care.from_date
            and waits.until_date < care.until_date
    group by waits.delayed_transfer_id, waits.pathway, care.care
),

ranked as (
    select
        *,
        row_number() over (
            partition by delayed_transfer_id order by days_to_care, care
        ) as place
    from following
)

select
    delayed_transfer_id,
    max(case when place = 1 then care end) as first_care,
    max(case when place = 1 then days_to_care end) as days_to_first_care,
    bool_or(care = pathway) as has_waited_for_care
from ranked
group by delayed_transfer_id
