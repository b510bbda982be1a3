with contacts as (
    select * from {{ ref('stg_mental_health_mhsds__contacts') }}
),

referrals as (
    select * from {{ ref('int_mental_health__referrals') }}
),

attendance_statuses as (
    select * from {{ ref('attendance_statuses') }}
),

consultation_mechanisms as (
    select * from {{ ref('consultation_mechanisms') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

identified as (
    select
        {{ event_id('mental_health_contact', [
            'contacts.provider_code', 'contacts.contact_id'
        ]) }} as mental_health_contact_id,
        {{ event_id('mental_health_referral', [
            'contacts.provider_code', 'contacts.referral_id'
        ]) }} as mental_health_referral_id,
        contacts.mechanism_code,
        contacts.location_type_code,
        contacts.attendance_status_code,
        contacts.duration_minutes,
        contacts.contact_date
    from contacts
    cross join id_salt
)

select
    identified.mental_health_contact_id,
    referrals.person_id,
    identified.mental_health_referral_id,
    referrals.organisation_code,
    coalesce(residences.lsoa_code, referrals.lsoa_code) as lsoa_code,
    referrals.team_type_code,
    identified.mechanism_code,
    identified.location_type_code,
    identified.attendance_status_code,
    identified.duration_minutes,
    referrals.is_linked,
    coalesce(attendance_statuses.is_seen, false) as is_seen,
    consultation_mechanisms.is_face_to_face,
    identified.contact_date
from identified
inner join referrals
    on identified.mental_health_referral_id = referrals.mental_health_referral_id
left join attendance_statuses
    on identified.attendance_status_code = attendance_statuses.code
left join consultation_mechanisms
    on identified.mechanism_code = consultation_mechanisms.code
left join residences
    on
        referrals.person_id = residences.person_id
        and identified.contact_date >= residences.from_date
        and identified.contact_date < residences.until_date
