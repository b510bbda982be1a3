-- How many care home places are vacant while people wait for one?
select
    care_home_type,
    extract(year from week_start_date) as calendar_year,
    round(avg(beds_available_count), 1) as mean_places,
    round(avg(beds_vacant_count), 1) as mean_vacant,
    round(avg(waiting_count), 2) as mean_waiting
from {{ ref('fct_care_home_place_week') }}
group by care_home_type, extract(year from week_start_date)
order by care_home_type, calendar_year
