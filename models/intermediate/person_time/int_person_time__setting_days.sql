with hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

mental_health_spells as (
    select * from {{ ref('fct_mental_health_spell') }}
),

community_bed_stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

care_home_stays as (
    select * from {{ ref('fct_care_home_stay') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

lived as (
    select * from {{ ref('int_person_time__resident_spells') }}
),

-- A day belongs to the place where the person was at the midnight that ended it, so the
-- day of leaving does not count. While in hospital somebody keeps a care home place: of
-- two places the one that gives more care counts.
stays as (
    select
        person_id,
        1 as precedence,
        admission_date as from_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from hospital_spells
    union all
    select
        person_id,
        1 as precedence,
        admission_date as from_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from mental_health_spells
    union all
    select
        person_id,
        2 as precedence,
        admission_date as from_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from community_bed_stays
    union all
    select
        person_id,
        3 as precedence,
        start_date as from_date,
        {{ add_days('coalesce(end_date, ' ~ as_of_date() ~ ')', 1) }}
            as until_date
    from care_home_stays
),

occupied as (
    select
        stays.person_id,
        days.day_date,
        days.month_start_date,
        min(stays.precedence) as precedence
    from stays
    inner join days
        on stays.from_date <= days.day_date and stays.until_date > days.day_date
    group by stays.person_id, days.day_date, days.month_start_date
),

-- Only days on which the person lived, and lived in the city, are shared out.
resident as (
    select occupied.*
    from occupied
    inner join lived
        on
            occupied.person_id = lived.person_id
            and occupied.day_date >= lived.from_date
            and occupied.day_date < lived.until_date
)

select
    person_id,
    month_start_date,
    cast(count(case when precedence = 1 then 1 end) as integer) as hospital_days,
    cast(count(case when precedence = 2 then 1 end) as integer) as community_bed_days,
    cast(count(case when precedence = 3 then 1 end) as integer) as care_home_days
from resident
group by person_id, month_start_date
