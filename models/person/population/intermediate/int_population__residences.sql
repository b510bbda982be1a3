-- In the vault, although people are under pseudonyms: a baby's first day at an address
-- is a birth date.
{{ config(database='vault') }}

with addresses as (
    select * from {{ ref('stg_primary_care__addresses') }}
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

areas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'lsoa'
),

lsoa_successors as (
    select * from {{ ref('int_place__lsoa_successors') }}
),

-- Addresses are known by NHS number; a person who had two numbers has the addresses of
-- both.
person_addresses as (
    select
        pseudonyms.person_id,
        addresses.nhs_number,
        coalesce(lsoa_successors.lsoa_code, addresses.lsoa_code) as lsoa_code,
        addresses.cqc_location_id,
        persons.death_date,
        addresses.from_date,
        coalesce({{ add_days('addresses.to_date', 1) }}, {{ open_end() }}) as until_date
    from addresses
    left join merged_numbers
        on addresses.nhs_number = merged_numbers.superseded_nhs_number
    inner join persons
        on
            'nhs:' || coalesce(merged_numbers.current_nhs_number, addresses.nhs_number)
            = persons.person_key
    inner join pseudonyms on persons.person_key = pseudonyms.person_key
    left join lsoa_successors
        on addresses.lsoa_code = lsoa_successors.lsoa_2011_code
),

-- An address inside another only interrupts it. When it ends, the current address that
-- began last resumes.
resumed as (
    select
        outer_address.person_id,
        outer_address.nhs_number,
        outer_address.lsoa_code,
        outer_address.cqc_location_id,
        outer_address.death_date,
        inner_address.until_date as from_date,
        outer_address.until_date,
        row_number() over (
            partition by inner_address.person_id, inner_address.until_date
            order by
                outer_address.from_date desc,
                outer_address.until_date desc,
                outer_address.nhs_number desc
        ) as recency
    from person_addresses as inner_address
    inner join person_addresses as outer_address
        on
            inner_address.person_id = outer_address.person_id
            and inner_address.until_date < outer_address.until_date
            and inner_address.until_date >= outer_address.from_date
),

pieces as (
    select * from person_addresses
    union all
    select {{ star_except(['recency']) }}
    from resumed
    where recency = 1
),

-- One address at a time: the next address ends the one before; death ends the last.
closed as (
    select
        person_id,
        lsoa_code,
        cqc_location_id,
        from_date,
        least(
            until_date,
            lead(from_date) over pieces_of_person,
            {{ add_days('death_date', 1) }}
        ) as until_date
    from pieces
    window pieces_of_person as (
        partition by person_id order by from_date, until_date, nhs_number
    )
),

lived as (
    select
        *,
        case
            when
                lsoa_code = lag(lsoa_code) over spells
                and coalesce(cqc_location_id, '')
                = coalesce(lag(cqc_location_id) over spells, '')
                and from_date = lag(until_date) over spells
                then 0
            else 1
        end as is_new_spell
    from closed
    where until_date > from_date
    window spells as (partition by person_id order by from_date)
),

numbered as (
    select
        *,
        sum(is_new_spell) over (
            partition by person_id order by from_date
        ) as spell_number
    from lived
),

-- A move within an LSOA does not begin a new spell.
spells as (
    select
        person_id,
        spell_number,
        lsoa_code,
        cqc_location_id,
        min(from_date) as from_date,
        max(until_date) as until_date
    from numbered
    group by person_id, spell_number, lsoa_code, cqc_location_id
)

select
    spells.person_id,
    spells.lsoa_code,
    spells.cqc_location_id,
    areas.neighbourhood_id is not null as is_in_city,
    spells.until_date = {{ open_end() }} as is_open,
    spells.from_date,
    case
        when spells.until_date = {{ open_end() }} then {{ add_days(as_of_date(), 1) }}
        else spells.until_date
    end as until_date
from spells
left join areas on spells.lsoa_code = areas.code
