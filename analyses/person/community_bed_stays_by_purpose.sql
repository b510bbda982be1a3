-- How long do people wait for and stay in community beds, and where do they go?
select
    bed_purpose,
    count(*) as stays,
    round(avg(wait_days), 1) as mean_wait_days,
    round(avg(length_of_stay_days), 1) as mean_nights,
    round(avg(case when discharge_destination = 'own home' then 100e0 else 0 end), 1)
        as discharged_home_percent
from {{ ref('fct_community_bed_stay') }}
where not is_open
group by bed_purpose
order by stays desc, bed_purpose asc
