with registrations as (
    select * from {{ ref('int_population__registrations') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

practices as (
    select * from {{ ref('int_place__practices') }}
),

-- The first day on the first list may be the day of birth, so a first spell that begins
-- in the month of birth is dated the first of that month.
coarsened as (
    select
        registrations.person_id,
        registrations.practice_code,
        practices.general_practice_id,
        registrations.is_open,
        case
            when
                cast(date_trunc('month', registrations.from_date) as date)
                = persons.birth_month
                and registrations.from_date
                = min(registrations.from_date) over (
                    partition by registrations.person_id
                )
                then persons.birth_month
            else registrations.from_date
        end as from_date,
        registrations.until_date
    from registrations
    inner join persons on registrations.person_id = persons.person_id
    left join practices on registrations.practice_code = practices.practice_code
)

select
    md5(person_id || '|registration|' || cast(from_date as {{ dbt.type_string() }}))
        as person_registration_id,
    person_id,
    practice_code,
    general_practice_id,
    is_open,
    from_date,
    case when not is_open then until_date end as until_date
from coarsened
