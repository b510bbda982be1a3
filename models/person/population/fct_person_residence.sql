with residences as (
    select * from {{ ref('int_population__residences') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

-- The first day at the first address may be the day of birth, so a first spell that
-- begins in the month of birth is dated the first of that month.
coarsened as (
    select
        residences.person_id,
        residences.lsoa_code,
        residences.cqc_location_id,
        residences.is_in_city,
        residences.is_open,
        case
            when
                cast(date_trunc('month', residences.from_date) as date)
                = persons.birth_month
                and residences.from_date
                = min(residences.from_date) over (
                    partition by residences.person_id
                )
                then persons.birth_month
            else residences.from_date
        end as from_date,
        residences.until_date
    from residences
    inner join persons on residences.person_id = persons.person_id
)

select
    md5(person_id || '|residence|' || cast(from_date as {{ dbt.type_string() }}))
        as person_residence_id,
    person_id,
    lsoa_code,
    cqc_location_id,
    is_in_city,
    cqc_location_id is not null as is_care_home,
    is_open,
    from_date,
    case when not is_open then {{ add_days('until_date', -1) }} end as to_date
from coarsened
