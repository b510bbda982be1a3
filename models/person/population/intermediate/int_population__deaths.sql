with deaths as (
    select * from {{ ref('stg_deaths__deaths') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

persons as (
    select * from {{ ref('int_identity__persons') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

places_of_death as (
    select * from {{ ref('places_of_death') }}
),

lsoa_successors as (
    select * from {{ ref('int_place__lsoa_successors') }}
),

registered as (
    select
        links.person_id,
        min(deaths.place_of_death) as place_of_death,
        min(deaths.underlying_cause_icd10) as underlying_cause_icd10,
        min(coalesce(lsoa_successors.lsoa_code, deaths.lsoa_code)) as lsoa_code,
        min(deaths.death_date) as death_date
    from deaths
    inner join links on deaths.source_record_id = links.source_record_id
    left join lsoa_successors on deaths.lsoa_code = lsoa_successors.lsoa_2011_code
    group by links.person_id
),

-- Deaths that PDS knows of and that are not registered yet count too.
known_to_pds as (
    select
        pseudonyms.person_id,
        persons.death_date
    from persons
    inner join pseudonyms on persons.person_key = pseudonyms.person_key
    where persons.death_date is not null
)

select
    coalesce(registered.person_id, known_to_pds.person_id) as person_id,
    registered.place_of_death,
    registered.underlying_cause_icd10,
    registered.lsoa_code,
    registered.person_id is not null as is_registered,
    places_of_death.is_usual_place,
    coalesce(registered.death_date, known_to_pds.death_date) as death_date
from known_to_pds
full outer join registered on known_to_pds.person_id = registered.person_id
left join places_of_death on registered.place_of_death = places_of_death.place_of_death
