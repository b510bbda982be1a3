-- In the vault, although people are under pseudonyms: a baby's first day on a list may
-- be a birth date.
{{ config(database='vault') }}

with registrations as (
    select * from {{ ref('stg_primary_care__registrations') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

persons as (
    select * from {{ ref('int_identity__persons') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

successors as (
    select * from {{ ref('organisation_successors') }}
),

-- Registrations are known by NHS number; a person who had two has those of both.
person_registrations as (
    select
        pseudonyms.person_id,
        registrations.nhs_number,
        registrations.practice_code,
        persons.death_date,
        registrations.from_date,
        coalesce({{ add_days('registrations.to_date', 1) }}, {{ open_end() }})
            as until_date
    from registrations
    left join merged_numbers
        on registrations.nhs_number = merged_numbers.superseded_nhs_number
    inner join persons
        on
            'nhs:'
            || coalesce(merged_numbers.current_nhs_number, registrations.nhs_number)
            = persons.person_key
    inner join pseudonyms on persons.person_key = pseudonyms.person_key
),

-- On one list at a time: the next registration ends the one before, death the last.
closed as (
    select
        person_id,
        practice_code,
        from_date,
        least(
            until_date,
            lead(from_date) over registrations_of_person,
            {{ add_days('death_date', 1) }}
        ) as until_date
    from person_registrations
    window registrations_of_person as (
        partition by person_id order by from_date, until_date, nhs_number
    )
),

-- A practice that was taken over hands its list to its successor on the day.
responsible as (
    select distinct
        organisation_code as practice_code,
        organisation_code as responsible_code,
        cast('{{ var("earliest_date") }}' as date) as from_date,
        min(effective_date) over (partition by organisation_code) as until_date
    from successors
    union all
    select
        organisation_code as practice_code,
        successor_code as responsible_code,
        effective_date as from_date,
        coalesce(
            lead(effective_date) over (
                partition by organisation_code
                order by effective_date, successor_code
            ),
            {{ open_end() }}
        ) as until_date
    from successors
),

registered as (
    select
        closed.person_id,
        coalesce(responsible.responsible_code, closed.practice_code) as practice_code,
        greatest(closed.from_date, coalesce(responsible.from_date, closed.from_date))
            as from_date,
        least(closed.until_date, coalesce(responsible.until_date, closed.until_date))
            as until_date
    from closed
    left join responsible
        on
            closed.practice_code = responsible.practice_code
            and closed.from_date < responsible.until_date
            and closed.until_date > responsible.from_date
    where closed.until_date > closed.from_date
),

marked as (
    select
        *,
        case
            when
                practice_code = lag(practice_code) over spells
                and from_date = lag(until_date) over spells
                then 0
            else 1
        end as is_new_spell
    from registered
    where until_date > from_date
    window spells as (partition by person_id order by from_date)
),

numbered as (
    select
        *,
        sum(is_new_spell) over (
            partition by person_id order by from_date
        ) as spell_number
    from marked
),

-- A second registration with the same practice, one day after the first, goes on.
spells as (
    select
        person_id,
        spell_number,
        practice_code,
        min(from_date) as from_date,
        max(until_date) as until_date
    from numbered
    group by person_id, spell_number, practice_code
)

select
    person_id,
    practice_code,
    until_date = {{ open_end() }} as is_open,
    from_date,
    case
        when until_date = {{ open_end() }} then {{ add_days(as_of_date(), 1) }}
        else until_date
    end as until_date
from spells
