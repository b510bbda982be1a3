-- Vaults of earlier versions have no id_key in their history: ids were made of
-- person_key.
with link_history as (
    select
        source_record_id,
        person_key,
        coalesce(id_key, person_key) as id_key,
        method,
        build_number,
        linked_on_date
    from {{ ref('int_identity__link_history') }}
),

persons as (
    select id_key from {{ ref('int_identity__persons') }}
    where is_on_spine
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

in_order as (
    select
        *,
        lag(person_key) over each_record as former_person_key,
        lag(id_key) over each_record as former_id_key,
        lead(build_number) over each_record as next_build_number
    from link_history
    window each_record as (partition by source_record_id order by build_number)
),

moves as (
    select
        former_id_key,
        id_key,
        method,
        build_number,
        bool_and(former_person_key = person_key) as is_only_renamed,
        count(*) as record_count,
        max(linked_on_date) as changed_on_date
    from in_order
    where former_id_key <> id_key
    group by former_id_key, id_key, method, build_number
),

-- A former person who still exists was split; one who no longer exists was merged.
judged as (
    select
        moves.*,
        persons.id_key is not null
        or exists (
            select 1 from in_order
            where
                in_order.id_key = moves.former_id_key
                and in_order.build_number <= moves.build_number
                and coalesce(
                    in_order.next_build_number > moves.build_number, true
                )
        ) as is_former_person_left,
        merged_numbers.superseded_nhs_number is not null as is_number_merged
    from moves
    left join persons on moves.former_id_key = persons.id_key
    left join merged_numbers
        on
            moves.former_id_key = 'nhs:' || merged_numbers.superseded_nhs_number
            and moves.id_key = 'nhs:' || merged_numbers.current_nhs_number
)

select
    former_id_key,
    id_key,
    method,
    build_number,
    case when is_former_person_left then 'split' else 'merge' end as change,
    case
        when is_number_merged then 'the register merged two NHS numbers'
        when is_only_renamed
            then 'another local number is now the first of a person on no register'
        when method = 'verified_nhs_number' then 'the NHS number is now verified'
        when method = 'verified_local_number'
            then 'the local number now leads to one person'
        when method = 'steward' then 'a steward decided'
        when method = 'probability' then 'a person with an NHS number now matches'
        when method = 'own_person'
            then 'the evidence for the former person no longer holds'
        else 'an earlier record now matches'
    end as cause,
    record_count,
    changed_on_date
from judged
