{%- set at_home_days = 91 -%}
{%- set readmission_days = 30 -%}

with stays as (
    select * from {{ ref('int_community__bed_stays') }}
),

spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

mental_health_spells as (
    select * from {{ ref('fct_mental_health_spell') }}
),

care_home_stays as (
    select * from {{ ref('fct_care_home_stay') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
    where is_in_city
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

left_alive as (
    select
        community_bed_stay_id,
        person_id,
        discharge_date,
        {{ add_days('discharge_date', at_home_days) }} as follow_up_date,
        {{ add_days('discharge_date', readmission_days) }} as readmission_until_date
    from stays
    where discharge_date is not null and discharge_destination is distinct from 'died'
),

beds as (
    select
        person_id,
        admission_date as from_date,
        discharge_date as until_date
    from spells
    union all
    select
        person_id,
        admission_date as from_date,
        discharge_date as until_date
    from mental_health_spells
    union all
    select
        person_id,
        admission_date as from_date,
        discharge_date as until_date
    from stays
    union all
    select
        person_id,
        start_date as from_date,
        {{ add_days('end_date', 1) }} as until_date
    from care_home_stays
),

in_a_bed as (
    select distinct left_alive.community_bed_stay_id
    from left_alive
    inner join beds
        on
            left_alive.person_id = beds.person_id
            and left_alive.follow_up_date >= beds.from_date
            and left_alive.follow_up_date
            < coalesce(beds.until_date, cast('9999-12-31' as date))
),

readmitted as (
    select distinct left_alive.community_bed_stay_id
    from left_alive
    inner join spells
        on
            left_alive.person_id = spells.person_id
            and spells.is_emergency_admission
            and spells.position_in_stay = 1
            and left_alive.discharge_date <= spells.admission_date
            and left_alive.readmission_until_date > spells.admission_date
),

followed as (
    select
        left_alive.community_bed_stay_id,
        case
            when left_alive.follow_up_date > {{ as_of_date() }} then null
            when deaths.death_date <= left_alive.follow_up_date then false
            when in_a_bed.community_bed_stay_id is not null then false
            -- Whoever lives at no known address of the city may be at home elsewhere.
            when residences.person_id is not null then true
        end as is_at_home_after_91_days,
        case
            when readmitted.community_bed_stay_id is not null then true
            when left_alive.readmission_until_date <= {{ as_of_date() }} then false
        end as is_readmitted_within_30_days
    from left_alive
    left join deaths on left_alive.person_id = deaths.person_id
    left join in_a_bed
        on left_alive.community_bed_stay_id = in_a_bed.community_bed_stay_id
    left join readmitted
        on left_alive.community_bed_stay_id = readmitted.community_bed_stay_id
    left join residences
        on
            left_alive.person_id = residences.person_id
            and left_alive.follow_up_date >= residences.from_date
            and left_alive.follow_up_date
            <= coalesce(residences.to_date, {{ as_of_date() }})
)

select * from followed
