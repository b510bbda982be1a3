with referrals as (
    select * from {{ ref('stg_community_csds__referrals') }}
),

patients as (
    select * from {{ ref('stg_community_csds__patients') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

lsoa_successors as (
    select * from {{ ref('int_place__lsoa_successors') }}
),

-- A referral may go to several teams. The first by code is used, so that a contact,
-- which names no team, counts once.
team_types as (
    select
        provider_code,
        referral_id,
        min(team_type_code) as team_type_code
    from {{ ref('stg_community_csds__service_types') }}
    group by provider_code, referral_id
)

select
    {{ event_id('community_referral', [
        'referrals.provider_code', 'referrals.referral_id'
    ]) }} as community_referral_id,
    links.person_id,
    referrals.provider_code as organisation_code,
    coalesce(lsoa_successors.lsoa_code, patients.lsoa_code) as lsoa_code,
    team_types.team_type_code,
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
left join team_types
    on
        referrals.provider_code = team_types.provider_code
        and referrals.referral_id = team_types.referral_id
left join lsoa_successors on patients.lsoa_code = lsoa_successors.lsoa_2011_code
cross join id_salt
