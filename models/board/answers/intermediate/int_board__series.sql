with counts as (
    select * from {{ ref('fct_board_count') }}
    where
        part_type = 'month'
        and released_count is not null
),

city_people as (
    select sum(population) as population
    from {{ ref('int_board__populations') }}
    where geography_type = 'city'
)

select
    counts.measure_id,
    counts.neighbourhood_id,
    counts.released_count,
    cast(
        city_people.population
        * (
            1 + {{ dbt.datediff(
                'counts.period_start_date', 'counts.period_end_date', 'day'
            ) }}
        ) as bigint
    ) as person_days,
    counts.period_start_date as month_start_date
from counts
cross join city_people
