-- How long do people stay in mental health hospital, and how many days are delays?
select
    is_emergency_admission,
    count(*) as spells,
    round(avg(length_of_stay_days), 1) as mean_nights,
    sum(delayed_days) as delayed_days
from {{ ref('fct_mental_health_spell') }}
group by is_emergency_admission
order by is_emergency_admission
