with decisions as (
    select * from {{ ref('int_identity__steward_decisions') }}
),

rulings as (
    select distinct decision_number from {{ ref('int_identity__steward_rulings') }}
),

links as (
    select * from {{ ref('int_identity__links') }}
),

known_people as (
    select distinct person_key from {{ ref('int_identity__known_people') }}
),

known_keys as (
    select person_key from known_people
    union distinct
    select person_key from links
    union distinct
    select 'record:' || source_record_id as person_key from links
),

judged as (
    select
        decisions.decision_number,
        decisions.decision,
        decisions.source_record_id,
        decisions.person_key,
        decisions.other_person_key,
        decisions.decided_by,
        decisions.reason,
        case
            when decisions.fault is not null then 'not readable: ' || decisions.fault
            when rulings.decision_number is null then 'overruled by a later decision'
            when decisions.decision <> 'join' and links.source_record_id is null
                then 'the record is no longer delivered'
            when
                decisions.decision in ('accept', 'join')
                and (
                    known_keys.person_key is null
                    or (
                        decisions.decision = 'join'
                        and other_keys.person_key is null
                    )
                )
                then 'the person is not known'
            when
                decisions.decision = 'accept'
                and links.separated_from_person_key is not null
                then 'not obeyed: the dates of death differ'
            else 'obeyed'
        end as outcome,
        decisions.decided_on
    from decisions
    left join rulings on decisions.decision_number = rulings.decision_number
    left join links on decisions.source_record_id = links.source_record_id
    left join known_keys on decisions.person_key = known_keys.person_key
    left join known_keys as other_keys
        on decisions.other_person_key = other_keys.person_key
)

select * from judged
