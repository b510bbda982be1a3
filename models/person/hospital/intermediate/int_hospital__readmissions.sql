with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
),

stays as (
    select * from {{ ref('int_hospital__continuous_stays') }}
),

ordinary_discharges as (
    select * from {{ ref('int_hospital__discharges') }}
),

emergency_stays as (
    select
        spells.person_id,
        stays.continuous_stay_id,
        spells.hospital_spell_id,
        stays.stay_admission_date
    from stays
    inner join spells on stays.hospital_spell_id = spells.hospital_spell_id
    where stays.position_in_stay = 1 and spells.is_emergency_admission
),

-- Only the last discharge before the admission counts, whether or not it is an index
-- discharge: after a discharge with cancer last week, an earlier stay is not looked at.
last_discharges as (
    select
        emergency_stays.hospital_spell_id,
        emergency_stays.stay_admission_date,
        ordinary_discharges.is_index,
        ordinary_discharges.continuous_stay_id as index_stay_id,
        {{ dbt.datediff(
            'ordinary_discharges.stay_discharge_date',
            'emergency_stays.stay_admission_date',
            'day'
        ) }} as days_since_discharge,
        row_number() over (
            partition by emergency_stays.hospital_spell_id
            order by
                ordinary_discharges.stay_discharge_date desc,
                ordinary_discharges.continuous_stay_id asc
        ) as recency
    from emergency_stays
    inner join ordinary_discharges
        on
            emergency_stays.person_id = ordinary_discharges.person_id
            and emergency_stays.continuous_stay_id
            <> ordinary_discharges.continuous_stay_id
            and emergency_stays.stay_admission_date
            >= ordinary_discharges.stay_discharge_date
)

select
    hospital_spell_id,
    index_stay_id,
    days_since_discharge
from last_discharges
where
    recency = 1
    and is_index
    and days_since_discharge < {{ var('readmission_days') }}
