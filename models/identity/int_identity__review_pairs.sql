with probable_links as (
    select * from {{ ref('int_identity__probable_links') }}
    where not is_blind
),

links as (
    select * from {{ ref('int_identity__links') }}
),

-- Pairs that a steward has decided about are not asked about again.
decided as (
    select
        source_record_id,
        person_key
    from {{ ref('int_identity__steward_decisions') }}
    where fault is null and decision in ('accept', 'reject')
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
),

doubtful as (
    select * from undecided
    union all
    select * from separated
)

select doubtful.*
from doubtful
left join decided
    on
        doubtful.source_record_id = decided.source_record_id
        and doubtful.candidate_key = decided.person_key
where decided.source_record_id is null
