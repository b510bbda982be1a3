-- For which ambulatory care sensitive conditions are people admitted most often?
select
    acsc_condition_group,
    count(*) as admissions,
    count(distinct person_id) as people,
    round(avg(length_of_stay_days), 1) as mean_nights
from {{ ref('fct_hospital_spell') }}
where is_acsc_admission
group by acsc_condition_group
order by admissions desc, acsc_condition_group asc
