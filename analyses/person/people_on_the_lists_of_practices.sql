-- How many people are on the list of each general practice, and how many are new there?
with registrations as (
    select
        general_practice_id,
        from_date,
        {{ as_of_date() }} as as_of_date
    from {{ ref('fct_person_registration') }}
    where is_open and general_practice_id is not null
),

practices as (
    select * from {{ ref('dim_neighbourhood') }}
)

select
    practices.code as practice_code,
    practices.name as practice,
    count(*) as people,
    count(*) filter (
        where registrations.from_date > registrations.as_of_date - 365
    ) as joined_in_last_year
from registrations
inner join practices
    on registrations.general_practice_id = practices.neighbourhood_id
group by practices.code, practices.name
order by practices.code
