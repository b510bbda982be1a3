with linked as (
    select * from {{ ref('int_identity__proposed_links') }}
),

register_deaths as (
    select
        person_key,
        max(death_date) as death_date
    from {{ ref('int_identity__known_people') }}
    where is_on_spine
    group by person_key
),

-- A person has one date of death. If there are several registrations, the one nearest
-- to the date on the GP register is kept, then the one with the best evidence.
deaths as (
    select
        linked.source_record_id,
        linked.death_date,
        first_value(linked.death_date) over (
            partition by linked.person_key
            order by
                coalesce(
                    abs(
                        {{ dbt.datediff(
                            'register_deaths.death_date', 'linked.death_date', 'day'
                        ) }}
                    ),
                    0
                ) asc,
                coalesce(linked.match_weight, 1000) desc,
                coalesce(linked.agreement_count, 0) desc,
                linked.death_date asc,
                linked.source_record_id asc
        ) as first_death_date,
        register_deaths.death_date as register_death_date
    from linked
    left join register_deaths on linked.person_key = register_deaths.person_key
    where linked.death_date is not null
),

-- The GP register often learns of a death informally and may be a few days out. Two
-- registrations with different dates are two people.
other_deaths as (
    select source_record_id
    from deaths
    where
        death_date <> first_death_date
        or abs({{ dbt.datediff('register_death_date', 'death_date', 'day') }})
        > {{ var('death_date_tolerance_days') }}
),

separated as (
    select
        linked.source_record_id,
        linked.feed,
        case
            when other_deaths.source_record_id is null then linked.person_key
            else 'record:' || linked.source_record_id
        end as person_key,
        case
            when other_deaths.source_record_id is not null then linked.person_key
        end as separated_from_person_key,
        case
            when other_deaths.source_record_id is null then linked.method
            else 'own_person'
        end as method,
        case
            when other_deaths.source_record_id is null then linked.reason
            else linked.reason || '; another date of death'
        end as reason,
        linked.evidence,
        linked.agreement_count,
        linked.match_weight
    from linked
    left join other_deaths
        on linked.source_record_id = other_deaths.source_record_id
)

select
    *,
    method in ('verified_nhs_number', 'verified_local_number', 'probability')
    or (method = 'steward' and person_key <> 'record:' || source_record_id)
        as is_linked
from separated
