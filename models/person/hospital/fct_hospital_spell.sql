with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
),

stays as (
    select * from {{ ref('int_hospital__continuous_stays') }}
),

discharge_delays as (
    select * from {{ ref('int_hospital__discharge_delays') }}
),

readmissions as (
    select * from {{ ref('int_hospital__readmissions') }}
),

acsc_spells as (
    select * from {{ ref('int_hospital__ambulatory_care_sensitive_spells') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
)

select
    spells.hospital_spell_id,
    spells.person_id,
    stays.continuous_stay_id,
    spells.organisation_code,
    spells.site_code,
    coalesce(residences.lsoa_code, spells.lsoa_code) as lsoa_code,
    spells.admission_method_code,
    spells.admission_source_code,
    spells.patient_classification_code,
    spells.discharge_destination_code,
    spells.discharge_method_code,
    spells.hrg_code,
    spells.primary_icd10_code,
    acsc_spells.condition_group as acsc_condition_group,
    discharge_delays.discharge_delay_band,
    cast(stays.position_in_stay as integer) as position_in_stay,
    cast({{ dbt.datediff(
        'spells.admission_date', 'spells.discharge_date', 'day'
    ) }} as integer) as length_of_stay_days,
    discharge_delays.discharge_delay_days,
    cast(readmissions.days_since_discharge as integer) as days_since_discharge,
    case
        when not spells.is_probable_duplicate then cast(spells.price_gbp as double)
    end as cost_gbp,
    spells.is_linked,
    spells.is_open,
    spells.is_end_assumed,
    spells.is_probable_duplicate,
    stays.is_inside_stay,
    spells.is_ordinary_admission,
    spells.is_elective_admission,
    spells.is_emergency_admission
    and not stays.is_inside_stay as is_emergency_admission,
    spells.is_maternity_admission,
    spells.is_transfer_in,
    spells.is_death_in_hospital,
    spells.is_ambulance_conveyed,
    spells.is_hospital_at_home,
    spells.is_discharged_to_hospital_at_home,
    spells.has_fall,
    spells.has_cancer,
    spells.has_palliative_care,
    acsc_spells.hospital_spell_id is not null and stays.position_in_stay = 1
        as is_acsc_admission,
    readmissions.hospital_spell_id is not null as is_emergency_readmission,
    spells.admission_date,
    spells.discharge_date,
    spells.ready_date,
    stays.stay_admission_date,
    stays.stay_discharge_date
from spells
inner join stays on spells.hospital_spell_id = stays.hospital_spell_id
left join discharge_delays
    on spells.hospital_spell_id = discharge_delays.hospital_spell_id
left join readmissions
    on spells.hospital_spell_id = readmissions.hospital_spell_id
left join acsc_spells on spells.hospital_spell_id = acsc_spells.hospital_spell_id
left join residences
    on
        spells.person_id = residences.person_id
        and spells.admission_date >= residences.from_date
        and spells.admission_date < residences.until_date
