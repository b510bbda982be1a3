with referrals as (
    select * from {{ ref('stg_mental_health_mhsds__referrals') }}
),

patients as (
    select * from {{ ref('stg_mental_health_mhsds__patients') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

lsoa_successors as (
    select * from {{ ref('int_place__lsoa_successors') }}
)

select
    {{ event_id('mental_health_referral', [
        'referrals.provider_code', 'referrals.referral_id'
    ]) }} as mental_health_referral_id,
    links.person_id,
    referrals.provider_code as organisation_code,
    coalesce(lsoa_successors.lsoa_code, patients.lsoa_code) as lsoa_code,
    referrals.team_type_code,
    referrals.referral_source_code,
    referrals.priority_code,
    links.is_linked,
    referrals.referral_date,
    referrals.discharge_date
from referrals
inner join patients
    on
        referrals.provider_code = patients.provider_code
        and referrals.local_patient_id = patients.local_patient_id
        and {{ holds_number_on('patients', 'referrals.referral_date') }}
inner join links on patients.source_record_id = links.source_record_id
left join lsoa_successors on patients.lsoa_code = lsoa_successors.lsoa_2011_code
cross join id_salt
