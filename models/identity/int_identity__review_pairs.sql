with probable_links as (
    select * from {{ ref('int_identity__probable_links') }}
    where not is_blind
),

links as (
    select * from {{ ref('int_identity__links') }}
),

undecided as (
    select
        source_record_id,
        candidate_key,
        reason as question,
        evidence,
        match_weight,
        lead_weight
    from probable_links
    where decision in ('review', 'refused')
),

separated as (
    select
        source_record_id,
        separated_from_person_key as candidate_key,
        'two dates of death' as question,
        evidence,
        match_weight,
        cast(null as double) as lead_weight
    from links
    where separated_from_person_key is not null
)

select * from undecided
union all
select * from separated
