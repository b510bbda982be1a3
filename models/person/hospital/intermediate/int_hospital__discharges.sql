with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
),

stays as (
    select * from {{ ref('int_hospital__continuous_stays') }}
),

-- A stay has one discharge: that of its last spell. Stays with cancer or obstetrics,
-- stays that ended in death and stays whose end is assumed do not count as index
-- discharges.
discharges as (
    select
        stays.person_id,
        stays.continuous_stay_id,
        stays.stay_discharge_date,
        coalesce(bool_or(spells.is_ordinary_admission), false) as has_ordinary_spell,
        coalesce(
            bool_or(
                spells.has_cancer
                or spells.has_obstetric_diagnosis
                or coalesce(spells.is_maternity_admission, false)
                or coalesce(spells.is_death_in_hospital, false)
                or coalesce(
                    spells.is_end_assumed and not spells.is_probable_duplicate, false
                )
            ),
            false
        ) as is_excluded
    from stays
    inner join spells on stays.hospital_spell_id = spells.hospital_spell_id
    where stays.stay_discharge_date is not null
    group by
        stays.person_id, stays.continuous_stay_id, stays.stay_discharge_date
)

select
    continuous_stay_id,
    person_id,
    not is_excluded as is_index,
    stay_discharge_date
from discharges
where has_ordinary_spell
