with areas as (
    select * from {{ ref('dim_neighbourhood') }}
    where area_basis = 'residence'
),

neighbourhood_months as (
    select * from {{ ref('fct_neighbourhood_month') }}
),

covered as (
    select
        areas.geography_type,
        neighbourhood_months.month_start_date,
        sum(neighbourhood_months.person_days) as person_days,
        sum(neighbourhood_months.emergency_admission_count)
            as emergency_admission_count
    from neighbourhood_months
    inner join areas
        on neighbourhood_months.neighbourhood_id = areas.neighbourhood_id
    group by areas.geography_type, neighbourhood_months.month_start_date
),

city as (
    select * from covered
    where geography_type = 'city'
)

select
    covered.geography_type,
    covered.month_start_date,
    covered.person_days,
    city.person_days as city_person_days,
    covered.emergency_admission_count,
    city.emergency_admission_count as city_emergency_admission_count
from covered
left join city on covered.month_start_date = city.month_start_date
where
    covered.person_days is distinct from city.person_days
    or covered.emergency_admission_count
    is distinct from city.emergency_admission_count
