-- In the vault for the same reason as the residences it is made from.
{{ config(database='vault') }}

with residences as (
    select * from {{ ref('int_population__residences') }}
    where is_in_city
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

-- The night after the day of death does not count.
lived as (
    select
        residences.person_id,
        residences.lsoa_code,
        persons.birth_month,
        residences.from_date,
        cast(
            least(
                residences.until_date,
                deaths.death_date,
                {{ add_days(as_of_date(), 1) }}
            ) as date
        ) as until_date
    from residences
    inner join persons on residences.person_id = persons.person_id
    left join deaths on residences.person_id = deaths.person_id
)

select * from lived
where until_date > from_date
