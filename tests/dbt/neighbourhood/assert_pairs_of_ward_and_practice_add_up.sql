-- The people of a ward, over all practices, and the patients of a practice, over all
-- wards, are those of fct_neighbourhood_month.
with pairs as (
    select * from {{ ref('fct_residence_registration_month') }}
),

months as (
    select * from {{ ref('fct_neighbourhood_month') }}
),

areas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type in ('ward', 'general_practice')
),

added as (
    select
        ward_id as neighbourhood_id,
        month_start_date,
        sum(person_count) as person_count
    from pairs
    where ward_id is not null
    group by ward_id, month_start_date
    union all
    select
        general_practice_id as neighbourhood_id,
        month_start_date,
        sum(person_count) as person_count
    from pairs
    where general_practice_id is not null
    group by general_practice_id, month_start_date
),

counted as (
    select
        months.neighbourhood_id,
        months.month_start_date,
        sum(months.person_count) as person_count
    from months
    inner join areas on months.neighbourhood_id = areas.neighbourhood_id
    group by months.neighbourhood_id, months.month_start_date
)

select
    coalesce(added.neighbourhood_id, counted.neighbourhood_id) as neighbourhood_id,
    coalesce(added.month_start_date, counted.month_start_date) as month_start_date,
    added.person_count as people_of_pairs,
    counted.person_count as people_of_the_area
from added
full join counted
    on
        added.neighbourhood_id = counted.neighbourhood_id
        and added.month_start_date = counted.month_start_date
where coalesce(added.person_count, 0) <> coalesce(counted.person_count, 0)
