with area_months as (
    select * from {{ ref('int_person_time__area_months') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

practices as (
    select * from {{ ref('int_place__practices') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

-- Someone who lives in the city or is on the list of one of its practices, or both.
people as (
    select
        person_id,
        max(case when area_basis = 'residence' then small_area_code end) as lsoa_code,
        max(case when area_basis = 'registration' then small_area_code end)
            as practice_code,
        month_start_date
    from area_months
    group by person_id, month_start_date
)

select
    lsoas.ward_id,
    practices.general_practice_id,
    count(*) as person_count,
    months.is_complete as is_complete_month,
    people.month_start_date
from people
inner join months on people.month_start_date = months.month_start_date
left join lsoas on people.lsoa_code = lsoas.lsoa_code
left join practices on people.practice_code = practices.practice_code
group by
    lsoas.ward_id,
    practices.general_practice_id,
    months.is_complete,
    people.month_start_date
