-- In the vault: the model does not know the patient, so it cannot leave out the spells
-- of people who opted out.
{{ config(database='vault') }}

with diagnoses as (
    select * from {{ ref('stg_acute_sus__diagnoses') }}
),

episodes as (
    select * from {{ ref('stg_acute_sus__episodes') }}
),

diagnosis_groups as (
    select * from {{ ref('diagnosis_groups') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

icd10_codes as (
    select distinct icd10_code from diagnoses
),

-- Each distinct code is compared with the ranges once, not each diagnosis.
code_flags as (
    select
        icd10_codes.icd10_code,
        bool_or(diagnosis_groups.diagnosis_group = 'fall') as is_fall,
        bool_or(diagnosis_groups.diagnosis_group = 'cancer') as is_cancer,
        bool_or(diagnosis_groups.diagnosis_group = 'obstetric') as is_obstetric,
        bool_or(diagnosis_groups.diagnosis_group = 'palliative_care')
            as is_palliative_care,
        bool_or(diagnosis_groups.diagnosis_group = 'sickle_cell') as is_sickle_cell,
        bool_or(diagnosis_groups.diagnosis_group = 'copd') as is_copd
    from icd10_codes
    inner join diagnosis_groups
        on
            substr(icd10_codes.icd10_code, 1, length(diagnosis_groups.first_code))
            between diagnosis_groups.first_code and diagnosis_groups.last_code
    group by icd10_codes.icd10_code
),

coded as (
    select
        {{ event_id('hospital_spell', [
            'episodes.provider_code', 'episodes.spell_number'
        ]) }} as hospital_spell_id,
        diagnoses.icd10_code,
        episodes.episode_number = 1 and diagnoses.position = 1 as is_primary,
        episodes.episode_number = 1 and diagnoses.position > 1 as is_secondary,
        code_flags.is_fall,
        code_flags.is_cancer,
        code_flags.is_obstetric,
        code_flags.is_palliative_care,
        code_flags.is_sickle_cell,
        code_flags.is_copd
    from diagnoses
    inner join episodes
        on
            diagnoses.provider_code = episodes.sender_code
            and diagnoses.episode_key = episodes.episode_key
    left join code_flags on diagnoses.icd10_code = code_flags.icd10_code
    cross join id_salt
),

-- The first episode says why the patient was admitted, which is what admission measures
-- ask; the other conditions count in any episode.
spell_diagnoses as (
    select
        hospital_spell_id,
        max(case when is_primary then icd10_code end) as primary_icd10_code,
        coalesce(bool_or(is_secondary and is_sickle_cell), false) as has_sickle_cell,
        coalesce(bool_or(is_secondary and is_copd), false) as has_secondary_copd,
        coalesce(bool_or(is_fall), false) as has_fall,
        coalesce(bool_or(is_cancer), false) as has_cancer,
        coalesce(bool_or(is_obstetric), false) as has_obstetric_diagnosis,
        coalesce(bool_or(is_palliative_care), false) as has_palliative_care
    from coded
    group by hospital_spell_id
)

select * from spell_diagnoses
