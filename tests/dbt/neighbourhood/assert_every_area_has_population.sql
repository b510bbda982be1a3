-- A real LSOA has about 1,000 residents or more, but one of a small demo city may be
-- empty for a month. The limit of 50 keeps every real area in the test.
with areas as (
    select * from {{ ref('dim_neighbourhood') }}
    where population >= 50
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

person_days as (
    select
        neighbourhood_id,
        month_start_date,
        sum(person_days) as person_days
    from {{ ref('fct_neighbourhood_month') }}
    group by neighbourhood_id, month_start_date
)

select
    areas.neighbourhood_id,
    months.month_start_date,
    person_days.person_days
from areas
cross join months
left join person_days
    on
        areas.neighbourhood_id = person_days.neighbourhood_id
        and months.month_start_date = person_days.month_start_date
where coalesce(person_days.person_days, 0) <= 0
