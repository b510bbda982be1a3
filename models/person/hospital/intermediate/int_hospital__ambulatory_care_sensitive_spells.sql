with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
    where is_emergency_admission
),

acsc_conditions as (
    select * from {{ ref('acsc_conditions') }}
),

procedure_groups as (
    select * from {{ ref('procedure_groups') }}
),

primary_codes as (
    select distinct primary_icd10_code from spells
),

procedure_codes as (
    select distinct dominant_procedure_code from spells
),

listed_codes as (
    select
        primary_codes.primary_icd10_code,
        acsc_conditions.condition_group,
        acsc_conditions.required_diagnosis_group,
        acsc_conditions.excluded_diagnosis_group,
        acsc_conditions.excluded_procedure_group
    from primary_codes
    inner join acsc_conditions
        on
            substr(
                primary_codes.primary_icd10_code,
                1,
                length(acsc_conditions.icd10_prefix)
            ) = acsc_conditions.icd10_prefix
),

excluding_procedures as (
    select distinct
        procedure_codes.dominant_procedure_code,
        procedure_groups.procedure_group
    from procedure_codes
    inner join procedure_groups
        on
            substr(procedure_codes.dominant_procedure_code, 1, 3)
            between procedure_groups.first_code and procedure_groups.last_code
),

-- NHS Outcomes Framework 2.3i: a listed primary diagnosis, less the listed exclusions.
matched as (
    select
        spells.hospital_spell_id,
        min(listed_codes.condition_group) as condition_group
    from spells
    inner join listed_codes
        on spells.primary_icd10_code = listed_codes.primary_icd10_code
    left join excluding_procedures
        on
            spells.dominant_procedure_code
            = excluding_procedures.dominant_procedure_code
            and listed_codes.excluded_procedure_group
            = excluding_procedures.procedure_group
    where
        excluding_procedures.procedure_group is null
        and (
            listed_codes.required_diagnosis_group is null
            or (
                listed_codes.required_diagnosis_group = 'copd'
                and spells.has_secondary_copd
            )
        )
        and (
            listed_codes.excluded_diagnosis_group is null
            or (
                listed_codes.excluded_diagnosis_group = 'sickle_cell'
                and not spells.has_sickle_cell
            )
        )
    group by spells.hospital_spell_id
)

select * from matched
