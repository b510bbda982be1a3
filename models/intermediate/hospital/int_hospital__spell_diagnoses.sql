-- In the vault: it does not know whose spells these are, so it cannot leave out those
-- of people who opted out.
{{ config(database='vault') }}

with diagnoses as (
    select * from {{ ref('stg_acute_sus__diagnoses') }}
),

episodes as (
    select * from {{ ref('stg_acute_sus__episodes') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

coded as (
    select
        {{ event_id('hospital_spell', [
            'episodes.provider_code', 'episodes.spell_number'
        ]) }} as hospital_spell_id,
        episodes.episode_number,
        diagnoses.position,
        diagnoses.icd10_code
    from diagnoses
    inner join episodes
        on
            diagnoses.provider_code = episodes.sender_code
            and diagnoses.episode_key = episodes.episode_key
    cross join id_salt
),

-- The admitting episode says why the person came, which is what admission measures ask;
-- conditions that matter for exclusions count in any episode.
spell_diagnoses as (
    select
        hospital_spell_id,
        max(case when episode_number = 1 and position = 1 then icd10_code end)
            as primary_icd10_code,
        max(
            case
                when
                    episode_number = 1
                    and position > 1
                    and substr(icd10_code, 1, 3) = 'D57'
                    then 1
                else 0
            end
        ) = 1 as has_sickle_cell,
        max(
            case
                when
                    episode_number = 1
                    and position > 1
                    and substr(icd10_code, 1, 3) in ('J41', 'J42', 'J43', 'J44', 'J47')
                    then 1
                else 0
            end
        ) = 1 as has_secondary_copd,
        max(
            case when substr(icd10_code, 1, 3) between 'W00' and 'W19' then 1 else 0 end
        ) = 1 as has_fall,
        max(
            case
                when
                    substr(icd10_code, 1, 1) = 'C'
                    or substr(icd10_code, 1, 3) between 'D37' and 'D48'
                    then 1
                else 0
            end
        ) = 1 as has_cancer,
        max(
            case when substr(icd10_code, 1, 1) = 'O' then 1 else 0 end
        ) = 1 as has_obstetric_diagnosis,
        max(
            case when icd10_code like 'Z515%' then 1 else 0 end
        ) = 1 as has_palliative_care
    from coded
    group by hospital_spell_id
)

select * from spell_diagnoses
