-- In which wards do the people of each general practice live, in the last whole month?
with people as (
    select * from {{ ref('fct_residence_registration_month') }}
    where is_complete_month
),

areas as (
    select * from {{ ref('dim_neighbourhood') }}
),

last_month as (
    select max(month_start_date) as month_start_date from people
)

select
    practices.code as practice_code,
    practices.name as practice,
    coalesce(wards.name, 'not in the city') as ward,
    people.person_count as people,
    round(
        100 * people.person_count
        / cast(
            sum(people.person_count) over (
                partition by people.general_practice_id
            ) as {{ dbt.type_float() }}
        ),
        1
    ) as percent_of_list
from people
inner join last_month on people.month_start_date = last_month.month_start_date
inner join areas as practices
    on people.general_practice_id = practices.neighbourhood_id
left join areas as wards on people.ward_id = wards.neighbourhood_id
order by practices.code asc, people desc, ward asc
