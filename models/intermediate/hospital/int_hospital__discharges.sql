with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
),

stays as (
    select * from {{ ref('int_hospital__continuous_stays') }}
),

-- A stay is one discharge: the last spell's. Deaths, day cases and regular attenders,
-- cancer and obstetrics are no index discharges.
discharges as (
    select
        stays.person_id,
        stays.continuous_stay_id,
        stays.stay_discharge_date,
        max(case when spells.has_cancer then 1 else 0 end) as has_cancer,
        max(
            case
                when
                    spells.has_obstetric_diagnosis
                    or spells.admission_method_code in ('31', '32')
                    then 1
                else 0
            end
        ) as is_obstetric,
        max(case when spells.is_death_in_hospital then 1 else 0 end) as is_death,
        min(
            case when spells.patient_classification_code = '1' then 0 else 1 end
        ) as is_not_ordinary
    from stays
    inner join spells on stays.hospital_spell_id = spells.hospital_spell_id
    where stays.stay_discharge_date is not null
    group by
        stays.person_id, stays.continuous_stay_id, stays.stay_discharge_date
)

select
    continuous_stay_id,
    person_id,
    has_cancer = 0 and is_obstetric = 0 and is_death = 0 as is_index,
    stay_discharge_date
from discharges
where is_not_ordinary = 0
