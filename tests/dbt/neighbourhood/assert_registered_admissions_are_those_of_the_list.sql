with spells as (
    select * from {{ ref('fct_hospital_spell') }}
    where is_emergency_admission
),

registrations as (
    select * from {{ ref('int_population__registrations') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

practices as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'general_practice'
),

counted as (
    select
        neighbourhood_id,
        sum(emergency_admission_count) as admission_count
    from {{ ref('fct_neighbourhood_month') }}
    group by neighbourhood_id
),

on_lists as (
    select
        registrations.practice_code,
        count(*) as admission_count
    from spells
    inner join registrations
        on
            spells.person_id = registrations.person_id
            and spells.admission_date >= registrations.from_date
            and spells.admission_date < registrations.until_date
    inner join months
        on
            spells.admission_date >= months.month_start_date
            and spells.admission_date < months.until_date
    where spells.admission_date <= {{ as_of_date() }}
    group by registrations.practice_code
)

select
    practices.neighbourhood_id,
    counted.admission_count,
    on_lists.admission_count as listed_admission_count
from practices
left join counted on practices.neighbourhood_id = counted.neighbourhood_id
left join on_lists on practices.code = on_lists.practice_code
where coalesce(counted.admission_count, 0) <> coalesce(on_lists.admission_count, 0)
