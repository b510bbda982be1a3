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

register_deaths as (
    select
        person_key,
        max(death_date) as death_date
    from {{ ref('int_identity__known_people') }}
    where is_on_spine
    group by person_key
),

linked as (
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
            when number_links.method = 'verified_local_number'
                then
                    number_links.reason || '; local number agrees on '
                    || number_links.agreement_count || ' of 3 demographics'
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

-- Nobody dies twice. Of several registrations the one nearest to the register's date
-- stays, then the one with the best evidence.
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

-- The register of patients hears of a death by telephone first and may be days out; two
-- registrations that name different days are two people.
other_deaths as (
    select source_record_id
    from deaths
    where
        death_date <> first_death_date
        or abs({{ dbt.datediff('register_death_date', 'death_date', 'day') }})
        > {{ var('death_date_tolerance_days') }}
)

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
left join other_deaths on linked.source_record_id = other_deaths.source_record_id
