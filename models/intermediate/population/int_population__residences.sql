-- In the vault, though it knows people by pseudonym: a baby's first day at an address
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

-- Addresses are known by NHS number; whoever had two numbers has both numbers'
-- addresses.
person_addresses as (
    select
        pseudonyms.person_id,
        addresses.lsoa_code,
        addresses.cqc_location_id,
        persons.death_date,
        addresses.from_date,
        addresses.to_date,
        lead(addresses.from_date) over (
            partition by pseudonyms.person_id
            order by
                addresses.from_date,
                coalesce(addresses.to_date, {{ as_of_date() }}),
                addresses.nhs_number
        ) as next_from_date
    from addresses
    left join merged_numbers
        on addresses.nhs_number = merged_numbers.superseded_nhs_number
    inner join persons
        on
            'nhs:' || coalesce(merged_numbers.current_nhs_number, addresses.nhs_number)
            = persons.person_key
    inner join pseudonyms on persons.person_key = pseudonyms.person_key
),

-- One address at a time: the next one ends the one before; death ends the last.
closed as (
    select
        person_id,
        lsoa_code,
        cqc_location_id,
        from_date,
        nullif(
            least(
                coalesce(to_date, cast('9999-12-31' as date)),
                coalesce(
                    {{ add_days('next_from_date', -1) }},
                    cast('9999-12-31' as date)
                ),
                coalesce(death_date, cast('9999-12-31' as date))
            ),
            cast('9999-12-31' as date)
        ) as to_date
    from person_addresses
),

lived as (
    select
        *,
        case
            when
                lsoa_code = lag(lsoa_code) over spells
                and coalesce(cqc_location_id, '')
                = coalesce(lag(cqc_location_id) over spells, '')
                and from_date
                = {{ add_days('lag(to_date) over spells', 1) }}
                then 0
            else 1
        end as is_new_spell
    from closed
    where to_date is null or to_date >= from_date
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

-- A move within the same LSOA is not a new spell of living there.
spells as (
    select
        person_id,
        spell_number,
        lsoa_code,
        cqc_location_id,
        min(from_date) as from_date,
        nullif(
            max(coalesce(to_date, cast('9999-12-31' as date))),
            cast('9999-12-31' as date)
        ) as to_date
    from numbered
    group by person_id, spell_number, lsoa_code, cqc_location_id
)

select
    spells.person_id,
    spells.lsoa_code,
    spells.cqc_location_id,
    areas.neighbourhood_id is not null as is_in_city,
    spells.from_date,
    spells.to_date
from spells
left join areas on spells.lsoa_code = areas.code
