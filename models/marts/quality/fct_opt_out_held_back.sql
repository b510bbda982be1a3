{%- set registers = [
    'persons', 'addresses', 'registrations', 'long_term_conditions'
] -%}

with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

links as (
    select * from {{ ref('int_identity__links') }}
),

hub_links as (
    select * from {{ ref('int_identity__hub_links') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

opt_outs as (
    select * from {{ ref('int_identity__opt_outs') }}
),

numbered as (
    {%- for register in registers %}
        select
            '{{ register }}' as register,
            nhs_number
        from {{ ref('stg_primary_care__' ~ register) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

register_entries as (
    select
        numbered.register,
        'nhs:' || coalesce(merged_numbers.current_nhs_number, numbered.nhs_number)
            as person_key,
        count(*) as record_count
    from numbered
    left join merged_numbers
        on numbered.nhs_number = merged_numbers.superseded_nhs_number
    group by
        numbered.register,
        'nhs:' || coalesce(merged_numbers.current_nhs_number, numbered.nhs_number)
),

kinds as (
    select 'national_data_opt_out' as opt_out
    union all
    select 'type_1_opt_out' as opt_out
),

-- The national opt-out binds every feed, Type 1 what the practices recorded.
bound as (
    select
        source_records.feed,
        'national_data_opt_out' as opt_out,
        links.person_key,
        source_records.mention_count as record_count,
        hub_links.source_record_id is null as is_held_back
    from source_records
    inner join links on source_records.source_record_id = links.source_record_id
    left join hub_links
        on source_records.source_record_id = hub_links.source_record_id
    union all
    select
        'primary_care' as feed,
        kinds.opt_out,
        register_entries.person_key,
        register_entries.record_count,
        opt_outs.person_key is not null as is_held_back
    from register_entries
    inner join kinds
        on
            kinds.opt_out = 'national_data_opt_out'
            or register_entries.register = 'long_term_conditions'
    left join opt_outs
        on
            kinds.opt_out = opt_outs.opt_out
            and register_entries.person_key = opt_outs.person_key
),

counted as (
    select
        feed,
        opt_out,
        sum(record_count) as accepted_count,
        sum(case when is_held_back then record_count else 0 end) as held_back_count,
        count(distinct case when is_held_back then person_key end)
            as held_back_person_count
    from bound
    group by feed, opt_out
)

select
    md5(feed || '|' || opt_out) as opt_out_held_back_id,
    feed,
    opt_out,
    cast(accepted_count as bigint) as accepted_count,
    cast(held_back_count as bigint) as held_back_count,
    cast(held_back_person_count as bigint) as held_back_person_count,
    held_back_count / cast(accepted_count as double) as held_back_share
from counted
