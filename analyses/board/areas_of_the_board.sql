-- Which areas does the board compare?
select
    geography_type,
    count(*) as areas,
    min(population) as smallest_population,
    max(population) as largest_population
from {{ ref('dim_board_area') }}
group by geography_type
order by geography_type
