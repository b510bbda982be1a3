with links as (
    select * from {{ ref('int_identity__links') }}
),

hub_links as (
    select * from {{ ref('int_identity__hub_links') }}
),

-- Contacts and mental health spells name their patient through a referral or a patient
-- record, which the provider may not have sent.
community_contacts as (
    select
        patients.source_record_id,
        contacts.contact_date
    from {{ ref('stg_community_csds__contacts') }} as contacts
    left join {{ ref('stg_community_csds__referrals') }} as referrals
        on
            contacts.provider_code = referrals.provider_code
            and contacts.referral_id = referrals.referral_id
    left join {{ ref('stg_community_csds__patients') }} as patients
        on
            referrals.provider_code = patients.provider_code
            and referrals.local_patient_id = patients.local_patient_id
            and {{ holds_number_on('patients', 'referrals.referral_date') }}
),

mental_health_contacts as (
    select
        patients.source_record_id,
        contacts.contact_date
    from {{ ref('stg_mental_health_mhsds__contacts') }} as contacts
    left join {{ ref('stg_mental_health_mhsds__referrals') }} as referrals
        on
            contacts.provider_code = referrals.provider_code
            and contacts.referral_id = referrals.referral_id
    left join {{ ref('stg_mental_health_mhsds__patients') }} as patients
        on
            referrals.provider_code = patients.provider_code
            and referrals.local_patient_id = patients.local_patient_id
            and {{ holds_number_on('patients', 'referrals.referral_date') }}
),

mental_health_spells as (
    select
        patients.source_record_id,
        spells.admission_date
    from {{ ref('stg_mental_health_mhsds__spells') }} as spells
    left join {{ ref('stg_mental_health_mhsds__patients') }} as patients
        on
            spells.provider_code = patients.provider_code
            and spells.local_patient_id = patients.local_patient_id
            and {{ holds_number_on('patients', 'spells.admission_date') }}
),

records as (
    select
        'acute_sus' as feed,
        'hospital_spell' as fact,
        source_record_id,
        is_birth,
        admission_date as record_date
    from {{ ref('stg_acute_sus__spells') }}
    union all
    select
        'acute_sus' as feed,
        'emergency_attendance' as fact,
        source_record_id,
        false as is_birth,
        arrival_date as record_date
    from {{ ref('stg_acute_sus__emergency_attendances') }}
    union all
    select
        'community_csds' as feed,
        'community_contact' as fact,
        source_record_id,
        false as is_birth,
        contact_date as record_date
    from community_contacts
    union all
    select
        'community_beds' as feed,
        'community_bed_stay' as fact,
        source_record_id,
        false as is_birth,
        admission_date as record_date
    from {{ ref('stg_community_beds__bed_stays') }}
    union all
    select
        'mental_health_mhsds' as feed,
        'mental_health_contact' as fact,
        source_record_id,
        false as is_birth,
        contact_date as record_date
    from mental_health_contacts
    union all
    select
        'mental_health_mhsds' as feed,
        'mental_health_spell' as fact,
        source_record_id,
        false as is_birth,
        admission_date as record_date
    from mental_health_spells
    union all
    select
        'social_care_cld' as feed,
        'social_care_event' as fact,
        source_record_id,
        false as is_birth,
        start_date as record_date
    from {{ ref('stg_social_care_cld__events') }}
    union all
    select
        'delays' as feed,
        'listed_delay' as fact,
        source_record_id,
        false as is_birth,
        start_date as record_date
    from {{ ref('stg_delays__patient_delays') }}
)

select
    records.feed,
    records.fact,
    cast(date_trunc('month', records.record_date) as date) as month_start_date,
    count(*) as accepted_count,
    count(*) filter (where links.source_record_id is null) as without_patient_count,
    count(*) filter (
        where links.source_record_id is not null and hub_links.person_id is null
    ) as opted_out_count,
    count(*) filter (where records.is_birth and hub_links.person_id is not null)
        as birth_count
from records
left join links on records.source_record_id = links.source_record_id
left join hub_links on records.source_record_id = hub_links.source_record_id
group by
    records.feed,
    records.fact,
    cast(date_trunc('month', records.record_date) as date)
