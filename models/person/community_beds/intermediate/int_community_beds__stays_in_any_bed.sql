with hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

mental_health_spells as (
    select * from {{ ref('fct_mental_health_spell') }}
),

community_bed_stays as (
    select * from {{ ref('int_community__bed_stays') }}
),

care_home_stays as (
    select * from {{ ref('fct_care_home_stay') }}
),

-- A night belongs to the day it began on, so the day of discharge does not count. The
-- last day in a care home does.
stays as (
    select
        hospital_spell_id as bed_stay_id,
        person_id,
        'hospital' as place,
        is_emergency_admission,
        admission_date as from_date,
        discharge_date as until_date
    from hospital_spells
    union all
    select
        mental_health_spell_id as bed_stay_id,
        person_id,
        'hospital' as place,
        false as is_emergency_admission,
        admission_date as from_date,
        discharge_date as until_date
    from mental_health_spells
    union all
    select
        community_bed_stay_id as bed_stay_id,
        person_id,
        'community bed' as place,
        false as is_emergency_admission,
        admission_date as from_date,
        discharge_date as until_date
    from community_bed_stays
    union all
    select
        care_home_stay_id as bed_stay_id,
        person_id,
        'care home' as place,
        false as is_emergency_admission,
        start_date as from_date,
        {{ add_days('end_date', 1) }} as until_date
    from care_home_stays
)

select
    bed_stay_id,
    person_id,
    place,
    is_emergency_admission,
    from_date,
    coalesce(until_date, {{ add_days(as_of_date(), 1) }}) as until_date
from stays
