with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
),

acsc_conditions as (
    select * from {{ ref('acsc_conditions') }}
),

-- NHS Outcomes Framework 2.3i: a listed primary diagnosis, less the listed exclusions.
matched as (
    select
        spells.hospital_spell_id,
        min(acsc_conditions.condition_group) as condition_group
    from spells
    inner join acsc_conditions
        on
            substr(
                spells.primary_icd10_code, 1, length(acsc_conditions.icd10_prefix)
            ) = acsc_conditions.icd10_prefix
    where
        spells.is_emergency_admission
        {%- for length in [1, 2, 3] %}
            and coalesce(
                ' ' || acsc_conditions.excluded_procedure_prefixes || ' '
                not like '% ' || substr(spells.dominant_procedure_code, 1, {{ length }})
                || ' %',
                true
            )
        {%- endfor %}
        -- The only exclusion by a further diagnosis is sickle cell disease, the only
        -- further diagnosis asked for is chronic obstructive pulmonary disease.
        and (
            acsc_conditions.excluded_secondary_prefixes is null
            or not spells.has_sickle_cell
        )
        and (
            acsc_conditions.requires_secondary_prefixes is null
            or spells.has_secondary_copd
        )
    group by spells.hospital_spell_id
)

select * from matched
