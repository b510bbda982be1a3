-- Where do older people spend their days?
with person_months as (
    select * from {{ ref('fct_person_month') }}
    where age_years >= {{ var('older_age_years') }}
)

select
    age_band,
    cast(round(sum(resident_days) / 365.25e0) as integer) as person_years,
    round(100.0e0 * sum(own_home_days) / sum(resident_days), 2) as own_home_percent,
    round(100.0e0 * sum(care_home_days) / sum(resident_days), 2) as care_home_percent,
    round(100.0e0 * sum(hospital_days) / sum(resident_days), 2) as hospital_percent,
    round(100.0e0 * sum(community_bed_days) / sum(resident_days), 2)
        as community_bed_percent
from person_months
group by age_band
order by age_band
