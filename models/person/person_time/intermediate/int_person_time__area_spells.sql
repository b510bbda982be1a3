-- In the vault for the same reason as the residences and registrations it is made from.
{{ config(database='vault') }}

with residences as (
    select * from {{ ref('int_population__residences') }}
    where is_in_city
),

registrations as (
    select * from {{ ref('int_population__registrations') }}
),

small_areas as (
    select * from {{ ref('int_place__small_areas') }}
    where area_basis = 'registration'
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

placed as (
    select
        person_id,
        'residence' as area_basis,
        lsoa_code as small_area_code,
        from_date,
        until_date
    from residences
    union all
    select
        registrations.person_id,
        small_areas.area_basis,
        small_areas.small_area_code,
        registrations.from_date,
        registrations.until_date
    from registrations
    inner join small_areas on registrations.practice_code = small_areas.small_area_code
),

-- The night after the day of death does not count.
lived as (
    select
        placed.person_id,
        placed.area_basis,
        placed.small_area_code,
        persons.birth_month,
        placed.from_date,
        cast(
            least(
                placed.until_date,
                deaths.death_date,
                {{ add_days(as_of_date(), 1) }}
            ) as date
        ) as until_date
    from placed
    inner join persons on placed.person_id = persons.person_id
    left join deaths on placed.person_id = deaths.person_id
)

select * from lived
where until_date > from_date
