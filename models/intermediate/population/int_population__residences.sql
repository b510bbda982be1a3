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
        addresses.nhs_number,
        addresses.lsoa_code,
        addresses.cqc_location_id,
        persons.death_date,
        addresses.from_date,
        coalesce(addresses.to_date, cast('9999-12-31' as date)) as to_date
    from addresses
    left join merged_numbers
        on addresses.nhs_number = merged_numbers.superseded_nhs_number
    inner join persons
        on
            'nhs:' || coalesce(merged_numbers.current_nhs_number, addresses.nhs_number)
            = persons.person_key
    inner join pseudonyms on persons.person_key = pseudonyms.person_key
),

-- An address within another only interrupts it: when one ends, the one that began last
-- of those that hold goes on.
resumed as (
    select
        holding.person_id,
        holding.nhs_number,
        holding.lsoa_code,
        holding.cqc_location_id,
        holding.death_date,
        {{ add_days('ended.to_date', 1) }} as from_date,
        holding.to_date,
        row_number() over (
            partition by ended.person_id, ended.to_date
            order by
                holding.from_date desc, holding.to_date desc, holding.nhs_number desc
        ) as recency
    from person_addresses as ended
    inner join person_addresses as holding
        on
            ended.person_id = holding.person_id
            and ended.to_date < holding.to_date
            and ended.to_date >= {{ add_days('holding.from_date', -1) }}
),

pieces as (
    select * from person_addresses
    union all
    select {{ star_except(['recency']) }}
    from resumed
    where recency = 1
),

-- One address at a time: the next one ends the one before; death ends the last.
closed as (
    select
        person_id,
        lsoa_code,
        cqc_location_id,
        from_date,
        least(
            to_date,
            {{ add_days('lead(from_date) over pieces_of_person', -1) }},
            death_date
        ) as to_date
    from pieces
    window pieces_of_person as (
        partition by person_id order by from_date, to_date, nhs_number
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
                and from_date
                = {{ add_days('lag(to_date) over spells', 1) }}
                then 0
            else 1
        end as is_new_spell
    from closed
    where to_date >= from_date
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
        nullif(max(to_date), cast('9999-12-31' as date)) as to_date
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
