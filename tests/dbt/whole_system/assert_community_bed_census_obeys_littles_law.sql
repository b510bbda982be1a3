with censuses as (
    select * from {{ ref('fct_community_bed_day') }}
),

stays as (
    select
        organisation_code,
        referred_date,
        admission_date,
        discharge_date,
        coalesce(site_code, 'not recorded') as site_code,
        coalesce(bed_purpose, 'not recorded') as bed_purpose
    from {{ ref('fct_community_bed_stay') }}
),

days as (
    select
        min(day_date) as first_date,
        {{ add_days('max(day_date)', 1) }} as until_date
    from {{ ref('int_calendar__days') }}
),

counted as (
    select
        organisation_code,
        site_code,
        bed_purpose,
        sum(case when ward_code = 'all' then occupied_beds_count else 0 end)
            as occupied_days,
        sum(case when ward_code <> 'all' then occupied_beds_count else 0 end)
            as occupied_days_of_wards,
        sum(case when ward_code = 'all' then waiting_count else 0 end) as waiting_days,
        sum(case when ward_code <> 'all' then waiting_count else 0 end)
            as waiting_days_of_wards,
        min(waiting_count - waiting_in_hospital_count - waiting_in_own_home_count)
            as least_waiting_elsewhere
    from censuses
    group by organisation_code, site_code, bed_purpose
),

stayed as (
    select
        stays.organisation_code,
        stays.site_code,
        stays.bed_purpose,
        sum(greatest({{ dbt.datediff(
            'greatest(stays.admission_date, days.first_date)',
            'least(coalesce(stays.discharge_date, days.until_date), days.until_date)',
            'day'
        ) }}, 0)) as nights,
        -- Without a date of referral, no wait is known.
        sum(case
            when stays.referred_date is null then 0
            else greatest({{ dbt.datediff(
                'greatest(stays.referred_date, days.first_date)',
                'least(stays.admission_date, days.until_date)',
                'day'
            ) }}, 0)
        end) as nights_waited
    from stays
    cross join days
    group by stays.organisation_code, stays.site_code, stays.bed_purpose
)

-- The census over all days equals the days of all stays (Little 1961; exact for a
-- period).
select
    counted.*,
    stayed.nights,
    stayed.nights_waited
from counted
full outer join stayed
    on
        counted.organisation_code = stayed.organisation_code
        and counted.site_code = stayed.site_code
        and counted.bed_purpose = stayed.bed_purpose
where
    counted.occupied_days is distinct from coalesce(stayed.nights, 0)
    or counted.occupied_days_of_wards is distinct from coalesce(stayed.nights, 0)
    or counted.waiting_days is distinct from coalesce(stayed.nights_waited, 0)
    or counted.waiting_days_of_wards is distinct from coalesce(stayed.nights_waited, 0)
    or counted.least_waiting_elsewhere < 0
