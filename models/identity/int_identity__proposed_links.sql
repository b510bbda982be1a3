with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

number_links as (
    select * from {{ ref('int_identity__number_links') }}
),

probable_links as (
    select * from {{ ref('int_identity__probable_links') }}
    where decision = 'linked' and not is_blind
),

known_keys as (
    select person_key from {{ ref('int_identity__known_people') }}
    union distinct
    select 'record:' || source_record_id as person_key from source_records
),

rulings as (
    select * from {{ ref('int_identity__steward_rulings') }}
),

placed as (
    select
        rulings.source_record_id,
        rulings.decision,
        rulings.person_key
    from rulings
    left join known_keys on rulings.person_key = known_keys.person_key
    where
        rulings.ruling = 'place'
        and (rulings.decision = 'split' or known_keys.person_key is not null)
),

kept_apart as (
    select
        source_record_id,
        person_key
    from rulings
    where ruling = 'apart'
),

joined as (
    select
        rulings.person_key,
        rulings.other_person_key
    from rulings
    inner join known_keys on rulings.other_person_key = known_keys.person_key
    where rulings.ruling = 'join'
),

proposed as (
    select
        source_records.source_record_id,
        source_records.feed,
        coalesce(
            number_links.person_key,
            probable_links.candidate_key,
            'record:' || source_records.source_record_id
        ) as person_key,
        coalesce(number_links.method, probable_links.method, 'own_person') as method,
        case
            when probable_links.reason is not null
                then number_links.reason || '; ' || probable_links.reason
            else number_links.reason
        end as reason,
        probable_links.evidence,
        number_links.agreement_count,
        probable_links.match_weight,
        source_records.death_date
    from source_records
    inner join number_links
        on source_records.source_record_id = number_links.source_record_id
    left join probable_links
        on source_records.source_record_id = probable_links.source_record_id
),

-- What a steward has decided goes before all evidence.
placed_by_stewards as (
    select
        proposed.source_record_id,
        proposed.feed,
        case
            when placed.decision = 'accept' then placed.person_key
            when placed.decision = 'split' or kept_apart.person_key is not null
                then 'record:' || proposed.source_record_id
            else proposed.person_key
        end as person_key,
        case
            when placed.decision is not null or kept_apart.person_key is not null
                then 'steward'
            else proposed.method
        end as method,
        case
            when placed.decision = 'accept' then 'a steward accepted the person; '
            when placed.decision = 'split' then 'a steward made it a separate person; '
            when kept_apart.person_key is not null
                then 'a steward rejected the person; '
            else ''
        end || proposed.reason as reason,
        proposed.evidence,
        proposed.agreement_count,
        proposed.match_weight,
        proposed.death_date
    from proposed
    left join placed on proposed.source_record_id = placed.source_record_id
    left join kept_apart
        on
            proposed.source_record_id = kept_apart.source_record_id
            and proposed.person_key = kept_apart.person_key
),

linked as (
    select
        placed_by_stewards.source_record_id,
        placed_by_stewards.feed,
        coalesce(joined.other_person_key, placed_by_stewards.person_key) as person_key,
        case
            when joined.person_key is null then placed_by_stewards.method
            else 'steward'
        end as method,
        case
            when joined.person_key is null then ''
            else 'a steward joined two people; '
        end || placed_by_stewards.reason as reason,
        placed_by_stewards.evidence,
        placed_by_stewards.agreement_count,
        placed_by_stewards.match_weight,
        placed_by_stewards.death_date
    from placed_by_stewards
    left join joined on placed_by_stewards.person_key = joined.person_key
)

select * from linked
