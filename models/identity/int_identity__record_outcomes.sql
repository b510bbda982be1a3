with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

links as (
    select * from {{ ref('int_identity__links') }}
),

number_links as (
    select * from {{ ref('int_identity__number_links') }}
),

blind_links as (
    select * from {{ ref('int_identity__probable_links') }}
    where is_blind
),

-- How linkage decided about a record whose verified NHS number was hidden from it.
blind as (
    select
        blind_links.source_record_id,
        case max(
            case
                when blind_links.decision <> 'linked' then 0
                when blind_links.candidate_key = number_links.person_key then 1
                else 2
            end
        )
            when 0 then 'not linked'
            when 1 then 'right'
            else 'wrong'
        end as blind_outcome,
        bool_or(
            coalesce(
                blind_links.is_likely
                and blind_links.candidate_key <> number_links.person_key,
                false
            )
        ) as is_blind_linked_elsewhere
    from blind_links
    inner join number_links
        on blind_links.source_record_id = number_links.source_record_id
    group by blind_links.source_record_id
),

outcomes as (
    select
        source_records.source_record_id,
        source_records.feed,
        source_records.lsoa_code,
        source_records.ethnic_category_code,
        links.method,
        links.is_linked,
        blind.blind_outcome,
        blind.is_blind_linked_elsewhere,
        {{ age_on(
            'source_records.first_period_start_date', 'source_records.birth_date'
        ) }} as age,
        source_records.first_period_start_date
    from source_records
    inner join links on source_records.source_record_id = links.source_record_id
    left join blind on source_records.source_record_id = blind.source_record_id
)

select * from outcomes
