with stays_in_any_bed as (
    select * from {{ ref('int_community_beds__stays_in_any_bed') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

lived as (
    select * from {{ ref('int_person_time__area_spells') }}
),

-- A day belongs to the place where the person was at the midnight that ended it. A care
-- home keeps the place of a resident in hospital: of several places, the one that gives
-- more care counts.
occupied as (
    select
        stays_in_any_bed.person_id,
        days.day_date,
        days.month_start_date,
        bool_or(stays_in_any_bed.place = 'hospital') as is_in_hospital,
        bool_or(stays_in_any_bed.place = 'community bed') as is_in_community_bed
    from stays_in_any_bed
    inner join days
        on
            stays_in_any_bed.from_date <= days.day_date
            and stays_in_any_bed.until_date > days.day_date
    group by stays_in_any_bed.person_id, days.day_date, days.month_start_date
),

-- Only days on which the person was alive and lived in the city, or was on a list of
-- its practices, count.
resident as (
    select
        occupied.*,
        lived.area_basis
    from occupied
    inner join lived
        on
            occupied.person_id = lived.person_id
            and occupied.day_date >= lived.from_date
            and occupied.day_date < lived.until_date
)

select
    person_id,
    area_basis,
    month_start_date,
    cast(count(*) filter (where is_in_hospital) as integer) as hospital_days,
    cast(
        count(*) filter (where is_in_community_bed and not is_in_hospital) as integer
    ) as community_bed_days,
    cast(
        count(*) filter (where not is_in_community_bed and not is_in_hospital)
        as integer
    ) as care_home_days
from resident
group by person_id, area_basis, month_start_date
