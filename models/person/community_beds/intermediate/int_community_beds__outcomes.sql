with discharged_stays as (
    select
        community_bed_stay_id,
        person_id,
        discharge_date,
        {{ add_days('discharge_date', var('at_home_days')) }} as follow_up_date,
        {{ add_days('discharge_date', var('readmission_days')) }}
            as readmission_until_date
    from {{ ref('int_community__bed_stays') }}
    where
        discharge_date is not null
        and discharge_destination is distinct from 'died'
        -- Where a person is after an end that no one reported says nothing of the stay.
        and not coalesce(is_end_assumed, false)
),

stays_in_any_bed as (
    select * from {{ ref('int_community_beds__stays_in_any_bed') }}
),

spells as (
    select * from {{ ref('fct_hospital_spell') }}
    where is_emergency_admission and position_in_stay = 1
),

residences as (
    select * from {{ ref('int_population__residences') }}
    where is_in_city
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

in_a_bed as (
    select distinct discharged_stays.community_bed_stay_id
    from discharged_stays
    inner join stays_in_any_bed
        on
            discharged_stays.person_id = stays_in_any_bed.person_id
            and discharged_stays.follow_up_date >= stays_in_any_bed.from_date
            and discharged_stays.follow_up_date < stays_in_any_bed.until_date
),

readmitted as (
    select distinct discharged_stays.community_bed_stay_id
    from discharged_stays
    inner join spells
        on
            discharged_stays.person_id = spells.person_id
            and discharged_stays.discharge_date <= spells.admission_date
            and discharged_stays.readmission_until_date > spells.admission_date
)

select
    discharged_stays.community_bed_stay_id,
    case
        when discharged_stays.follow_up_date > {{ as_of_date() }} then null
        when deaths.death_date <= discharged_stays.follow_up_date then false
        when in_a_bed.community_bed_stay_id is not null then false
        -- A person without a known address in the city may be at home somewhere else.
        when residences.person_id is not null then true
    end as is_at_home_after_91_days,
    case
        when readmitted.community_bed_stay_id is not null then true
        when discharged_stays.readmission_until_date <= {{ as_of_date() }} then false
    end as is_readmitted_within_30_days
from discharged_stays
left join deaths on discharged_stays.person_id = deaths.person_id
left join in_a_bed
    on discharged_stays.community_bed_stay_id = in_a_bed.community_bed_stay_id
left join readmitted
    on discharged_stays.community_bed_stay_id = readmitted.community_bed_stay_id
left join residences
    on
        discharged_stays.person_id = residences.person_id
        and discharged_stays.follow_up_date >= residences.from_date
        and discharged_stays.follow_up_date < residences.until_date
