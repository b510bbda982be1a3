with conditions as (
    select * from {{ ref('stg_primary_care__long_term_conditions') }}
),

registers as (
    select * from {{ ref('long_term_conditions') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

persons as (
    select * from {{ ref('int_identity__persons') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

type_1_opt_outs as (
    select * from {{ ref('int_identity__opt_outs') }}
    where opt_out = 'type_1_opt_out'
),

-- A Type 1 opt-out stops GP records from leaving the practice; it does not cover the
-- records of other organisations.
person_conditions as (
    select
        pseudonyms.person_id,
        conditions.condition_code,
        min(conditions.diagnosis_date) as diagnosis_date,
        case
            when count(*) = count(conditions.resolved_date)
                then max(conditions.resolved_date)
        end as resolved_date
    from conditions
    left join merged_numbers
        on conditions.nhs_number = merged_numbers.superseded_nhs_number
    inner join persons
        on
            'nhs:' || coalesce(merged_numbers.current_nhs_number, conditions.nhs_number)
            = persons.person_key
    inner join pseudonyms on persons.person_key = pseudonyms.person_key
    where
        not exists (
            select 1 from type_1_opt_outs
            where type_1_opt_outs.person_key = persons.person_key
        )
    group by pseudonyms.person_id, conditions.condition_code
)

select
    person_conditions.person_id,
    person_conditions.condition_code,
    registers.frailty_band,
    registers.segment,
    registers.frailty_level,
    person_conditions.diagnosis_date,
    person_conditions.resolved_date
from person_conditions
left join registers on person_conditions.condition_code = registers.condition_code
