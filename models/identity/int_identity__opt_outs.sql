with national_data_opt_outs as (
    select * from {{ ref('stg_opt_outs__national_data_opt_outs') }}
),

type_1_opt_outs as (
    select * from {{ ref('stg_opt_outs__type_1_opt_outs') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

output_purposes as (
    select * from {{ ref('output_purposes') }}
),

-- All outputs are made from the same records, so an opt-out that applies to one output
-- applies to the whole hub.
applied as (
    select
        'national_data_opt_out' as opt_out,
        bool_or(is_national_data_opt_out_applied) as is_applied
    from output_purposes
    union all
    select
        'type_1_opt_out' as opt_out,
        bool_or(is_type_1_opt_out_applied) as is_applied
    from output_purposes
),

listed as (
    select
        'national_data_opt_out' as opt_out,
        nhs_number
    from national_data_opt_outs
    union all
    select
        'type_1_opt_out' as opt_out,
        nhs_number
    from type_1_opt_outs
),

current_numbers as (
    select distinct
        listed.opt_out,
        coalesce(merged_numbers.current_nhs_number, listed.nhs_number) as nhs_number
    from listed
    left join merged_numbers
        on listed.nhs_number = merged_numbers.superseded_nhs_number
)

select
    current_numbers.opt_out,
    'nhs:' || current_numbers.nhs_number as person_key,
    current_numbers.nhs_number
from current_numbers
inner join applied on current_numbers.opt_out = applied.opt_out
where applied.is_applied
