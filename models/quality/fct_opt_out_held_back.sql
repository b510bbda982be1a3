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

-- What GP practices recorded, and whether a Type 1 opt-out covers it.
register_entries as (
    select
        nhs_number,
        false as is_covered_by_type_1
    from {{ ref('stg_primary_care__persons') }}
    union all
    select
        nhs_number,
        false as is_covered_by_type_1
    from {{ ref('stg_primary_care__addresses') }}
    union all
    select
        nhs_number,
        false as is_covered_by_type_1
    from {{ ref('stg_primary_care__registrations') }}
    union all
    select
        nhs_number,
        true as is_covered_by_type_1
    from {{ ref('stg_primary_care__long_term_conditions') }}
),

person_entries as (
    select
        'nhs:'
        || coalesce(merged_numbers.current_nhs_number, register_entries.nhs_number)
            as person_key,
        count(*) as record_count,
        count(*) filter (where register_entries.is_covered_by_type_1)
            as type_1_record_count
    from register_entries
    left join merged_numbers
        on register_entries.nhs_number = merged_numbers.superseded_nhs_number
    group by
        'nhs:'
        || coalesce(merged_numbers.current_nhs_number, register_entries.nhs_number)
),

-- The national data opt-out covers every feed, a Type 1 opt-out only what practices
-- recorded.
covered as (
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
        'national_data_opt_out' as opt_out,
        person_entries.person_key,
        person_entries.record_count,
        opt_outs.person_key is not null as is_held_back
    from person_entries
    left join opt_outs
        on
            person_entries.person_key = opt_outs.person_key
            and opt_outs.opt_out = 'national_data_opt_out'
    union all
    select
        'primary_care' as feed,
        'type_1_opt_out' as opt_out,
        person_entries.person_key,
        person_entries.type_1_record_count as record_count,
        opt_outs.person_key is not null as is_held_back
    from person_entries
    left join opt_outs
        on
            person_entries.person_key = opt_outs.person_key
            and opt_outs.opt_out = 'type_1_opt_out'
    where person_entries.type_1_record_count > 0
),

counted as (
    select
        feed,
        opt_out,
        sum(record_count) as accepted_count,
        sum(case when is_held_back then record_count else 0 end) as held_back_count,
        count(distinct case when is_held_back then person_key end)
            as held_back_person_count
    from covered
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
