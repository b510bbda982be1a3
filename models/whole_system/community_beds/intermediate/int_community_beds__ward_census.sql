with stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

-- Without a request before the day of admission there was no wait.
placed as (
    select
        stays.organisation_code,
        coalesce(stays.site_code, 'not recorded') as site_code,
        coalesce(stays.bed_purpose, 'not recorded') as bed_purpose,
        coalesce(lsoas.ward_code, 'outside') as ward_code,
        coalesce(stays.admission_source, 'not recorded') as admission_source,
        stays.admission_date,
        least(stays.referred_date, stays.admission_date) as from_date,
        coalesce(stays.discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from stays
    left join lsoas on stays.lsoa_code = lsoas.lsoa_code
),

-- People are counted where they are at the midnight that ends the day: waiting until
-- the day of admission, then in the bed, and no longer on the day of discharge.
present as (
    select
        days.day_date,
        placed.organisation_code,
        placed.site_code,
        placed.bed_purpose,
        placed.ward_code,
        case when placed.admission_date <= days.day_date then 1 else 0 end as occupied,
        case
            when placed.admission_date > days.day_date then placed.admission_source
        end as waits_in
    from placed
    inner join days
        on placed.from_date <= days.day_date and placed.until_date > days.day_date
)

select
    organisation_code,
    site_code,
    bed_purpose,
    ward_code,
    sum(occupied) as occupied_beds_count,
    count(waits_in) as waiting_count,
    count(case when waits_in = 'hospital' then 1 end) as waiting_in_hospital_count,
    count(case when waits_in = 'own home' then 1 end) as waiting_in_own_home_count,
    count(case when waits_in = 'care home' then 1 end) as waiting_in_care_home_count,
    count(case when waits_in = 'emergency department' then 1 end)
        as waiting_in_emergency_department_count,
    day_date
from present
group by organisation_code, site_code, bed_purpose, ward_code, day_date
