-- How many residents are in each segment, and how many of them are frail?
select
    segment,
    count(*) as residents,
    sum(case when frailty_band in ('moderate', 'severe') then 1 else 0 end)
        as moderately_or_severely_frail,
    sum(case when has_dementia then 1 else 0 end) as with_dementia
from {{ ref('dim_person') }}
where is_resident
group by segment
order by residents desc, segment asc
