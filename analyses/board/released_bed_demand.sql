-- How many community beds does the board expect to be occupied?
select
    year,
    round(mean_occupied_beds, 1) as mean_occupied_beds,
    round(occupied_beds_lower) as occupied_beds_lower,
    round(occupied_beds_upper) as occupied_beds_upper
from {{ ref('fct_board_bed_demand') }}
where bed_purpose = 'all'
order by year
