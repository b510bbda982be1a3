with spells as (
    select * from {{ ref('stg_acute_sus__spells') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

spell_diagnoses as (
    select * from {{ ref('int_hospital__spell_diagnoses') }}
),

spell_ends as (
    select * from {{ ref('int_hospital__spell_ends') }}
),

lsoa_successors as (
    select * from {{ ref('int_place__lsoa_successors') }}
),

hospital_at_home_sites as (
    select * from {{ ref('hospital_at_home_sites') }}
),

admission_methods as (
    select * from {{ ref('admission_methods') }}
),

patient_classifications as (
    select * from {{ ref('patient_classifications') }}
),

discharge_methods as (
    select * from {{ ref('discharge_methods') }}
),

procedures as (
    select
        provider_code,
        spell_number,
        max(dominant_procedure_code) as dominant_procedure_code
    from {{ ref('stg_acute_sus__episodes') }}
    group by provider_code, spell_number
),

-- A newborn's own spell begins on the day of birth, which stays in the vault.
identified as (
    select
        {{ event_id('hospital_spell', [
            'spells.provider_code', 'spells.spell_number'
        ]) }} as hospital_spell_id,
        links.person_id,
        links.is_linked,
        spells.provider_code as organisation_code,
        spells.site_code,
        coalesce(lsoa_successors.lsoa_code, spells.lsoa_code) as lsoa_code,
        spells.admission_method_code,
        spells.admission_source_code,
        spells.patient_classification_code,
        spells.discharge_destination_code,
        spells.discharge_method_code,
        spells.hrg_code,
        procedures.dominant_procedure_code,
        spells.price_gbp,
        spells.is_discharged_to_hospital_at_home,
        hospital_at_home_sites.site_code is not null as is_hospital_at_home,
        spells.ambulance_incident_number is not null as is_ambulance_conveyed,
        spells.admission_date,
        spells.ready_date
    from spells
    inner join links on spells.source_record_id = links.source_record_id
    left join procedures
        on
            spells.provider_code = procedures.provider_code
            and spells.spell_number = procedures.spell_number
    left join lsoa_successors
        on spells.lsoa_code = lsoa_successors.lsoa_2011_code
    left join hospital_at_home_sites
        on spells.site_code = hospital_at_home_sites.site_code
    cross join id_salt
    where not spells.is_birth
),

described as (
    select
        identified.*,
        spell_ends.is_probable_duplicate,
        spell_ends.is_end_assumed,
        spell_ends.discharge_date,
        spell_ends.last_listed_date,
        spell_diagnoses.primary_icd10_code,
        coalesce(spell_diagnoses.has_sickle_cell, false) as has_sickle_cell,
        coalesce(spell_diagnoses.has_secondary_copd, false) as has_secondary_copd,
        coalesce(spell_diagnoses.has_fall, false) as has_fall,
        coalesce(spell_diagnoses.has_cancer, false) as has_cancer,
        coalesce(spell_diagnoses.has_obstetric_diagnosis, false)
            as has_obstetric_diagnosis,
        coalesce(spell_diagnoses.has_palliative_care, false) as has_palliative_care,
        admission_methods.is_emergency
        and not spell_ends.is_probable_duplicate as is_emergency_admission,
        admission_methods.admission_group = 'elective'
        and not spell_ends.is_probable_duplicate as is_elective_admission,
        admission_methods.admission_group = 'maternity'
        and not spell_ends.is_probable_duplicate as is_maternity_admission,
        admission_methods.is_transfer as is_transfer_in,
        patient_classifications.is_ordinary as is_ordinary_admission,
        patient_classifications.is_day_case_or_regular,
        discharge_methods.is_death as is_death_in_hospital,
        spell_ends.discharge_date is null as is_open
    from identified
    inner join spell_ends
        on identified.hospital_spell_id = spell_ends.hospital_spell_id
    left join spell_diagnoses
        on identified.hospital_spell_id = spell_diagnoses.hospital_spell_id
    left join admission_methods
        on identified.admission_method_code = admission_methods.code
    left join patient_classifications
        on identified.patient_classification_code = patient_classifications.code
    left join discharge_methods
        on identified.discharge_method_code = discharge_methods.code
)

select * from described
