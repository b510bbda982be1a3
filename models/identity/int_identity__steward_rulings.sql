with decisions as (
    select * from {{ ref('int_identity__steward_decisions') }}
    where fault is null
),

-- Of two decisions about the same pair, or about where one record belongs, the later
-- one counts.
placed as (
    select
        *,
        'place' as ruling,
        source_record_id as subject_key
    from decisions
    where decision in ('accept', 'split')
),

kept_apart as (
    select
        *,
        'apart' as ruling,
        source_record_id || ' ' || person_key as subject_key
    from decisions
    where decision in ('accept', 'reject')
),

joined as (
    select
        *,
        'join' as ruling,
        person_key as subject_key
    from decisions
    where decision = 'join'
),

all_rulings as (
    select * from placed
    union all
    select * from kept_apart
    union all
    select * from joined
),

ranked as (
    select
        *,
        row_number() over (
            partition by ruling, subject_key
            order by decided_on desc, decision_number desc
        ) as recency
    from all_rulings
),

latest as (
    select * from ranked
    where recency = 1
),

not_rejected as (
    select decision_number from latest
    where ruling = 'apart' and decision = 'accept'
)

select
    decision_number,
    ruling,
    subject_key,
    decision,
    source_record_id,
    person_key,
    other_person_key
from latest
where
    (ruling = 'apart' and decision = 'reject')
    or ruling = 'join'
    or (
        ruling = 'place'
        and (
            decision = 'split'
            or decision_number in (
                select not_rejected.decision_number from not_rejected
            )
        )
    )
