with person_conflicts as (
    select * from {{ ref('fct_person_conflict') }}
),

community_contacts as (
    select * from {{ ref('stg_community_csds__contacts') }}
),

community_referrals as (
    select * from {{ ref('stg_community_csds__referrals') }}
),

community_patients as (
    select * from {{ ref('stg_community_csds__patients') }}
),

mental_health_patients as (
    select * from {{ ref('stg_mental_health_mhsds__patients') }}
),

mental_health_contacts as (
    select * from {{ ref('stg_mental_health_mhsds__contacts') }}
),

mental_health_referrals as (
    select * from {{ ref('stg_mental_health_mhsds__referrals') }}
),

-- A contact names its patient through its referral: without one it belongs to no one
-- and can be counted here only.
without_referral as (
    select
        'community_csds' as source_feed,
        community_contacts.provider_code as organisation_code,
        'community_contact' as event_type,
        community_contacts.contact_date as event_date
    from community_contacts
    left join community_referrals
        on
            community_contacts.provider_code = community_referrals.provider_code
            and community_contacts.referral_id = community_referrals.referral_id
    where community_referrals.referral_id is null
    union all
    select
        'mental_health_mhsds' as source_feed,
        mental_health_contacts.provider_code as organisation_code,
        'mental_health_contact' as event_type,
        mental_health_contacts.contact_date as event_date
    from mental_health_contacts
    left join mental_health_referrals
        on
            mental_health_contacts.provider_code
            = mental_health_referrals.provider_code
            and mental_health_contacts.referral_id
            = mental_health_referrals.referral_id
    where mental_health_referrals.referral_id is null
),

given_again as (
    select
        'community_csds' as source_feed,
        provider_code as organisation_code,
        held_from_date as event_date
    from community_patients
    where holder_number > 1
    union all
    select
        'mental_health_mhsds' as source_feed,
        provider_code as organisation_code,
        held_from_date as event_date
    from mental_health_patients
    where holder_number > 1
),

conflicts as (
    select
        kind,
        source_feed,
        coalesce(organisation_code, 'not known') as organisation_code,
        event_type,
        care_event_id,
        person_id,
        event_date
    from person_conflicts
    union all
    select
        'contact_without_referral' as kind,
        source_feed,
        organisation_code,
        event_type,
        cast(null as {{ dbt.type_string() }}) as care_event_id,
        cast(null as {{ dbt.type_string() }}) as person_id,
        event_date
    from without_referral
    union all
    select
        'local_number_given_again' as kind,
        source_feed,
        organisation_code,
        'patient_record' as event_type,
        cast(null as {{ dbt.type_string() }}) as care_event_id,
        cast(null as {{ dbt.type_string() }}) as person_id,
        event_date
    from given_again
),

counted as (
    select
        kind,
        source_feed,
        organisation_code,
        event_type,
        cast(date_trunc('month', event_date) as date) as month_start_date,
        case
            when count(care_event_id) = 0 then count(*)
            else count(distinct care_event_id)
        end as event_count,
        case
            when count(care_event_id) > 0 then count(distinct person_id)
        end as person_count
    from conflicts
    group by
        kind,
        source_feed,
        organisation_code,
        event_type,
        cast(date_trunc('month', event_date) as date)
)

select
    md5(
        kind || '|' || source_feed || '|' || organisation_code || '|' || event_type
        || '|' || cast(month_start_date as {{ dbt.type_string() }})
    ) as conflict_id,
    kind,
    source_feed as feed,
    organisation_code,
    event_type,
    cast(event_count as integer) as event_count,
    cast(person_count as integer) as person_count,
    month_start_date
from counted
