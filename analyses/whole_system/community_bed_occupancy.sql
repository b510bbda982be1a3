-- How full are the community beds, and who waits for them?
with days as (
    select
        bed_purpose,
        day_date,
        sum(occupied_beds_count) as occupied,
        sum(waiting_count) as waiting,
        sum(waiting_in_hospital_count) as waiting_in_hospital
    from {{ ref('fct_community_bed_day') }}
    group by bed_purpose, day_date
)

select
    bed_purpose,
    extract(year from day_date) as calendar_year,
    round(avg(occupied), 2) as mean_occupied_beds,
    round(avg(waiting), 2) as mean_waiting,
    round(avg(waiting_in_hospital), 2) as mean_waiting_in_hospital
from days
group by bed_purpose, extract(year from day_date)
order by bed_purpose, calendar_year
