with months as (
    select
        min(month_start_date) as from_date,
        max(until_date) as until_date
    from {{ ref('int_calendar__months') }}
),

lived as (
    select * from {{ ref('int_person_time__area_spells') }}
    where area_basis = 'residence'
),

hospital_stays as (
    select
        person_id,
        admission_date as from_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from {{ ref('fct_hospital_spell') }}
    union all
    select
        person_id,
        admission_date as from_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from {{ ref('fct_mental_health_spell') }}
),

other_stays as (
    select
        person_id,
        admission_date as from_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from {{ ref('fct_community_bed_stay') }}
    union all
    select
        person_id,
        start_date as from_date,
        coalesce({{ add_days('end_date', 1) }}, {{ add_days(as_of_date(), 1) }})
            as until_date
    from {{ ref('fct_care_home_stay') }}
),

in_beds as (
    select
        'hospital' as place,
        *
    from hospital_stays
    union all
    select
        'any bed' as place,
        *
    from hospital_stays
    union all
    select
        'any bed' as place,
        *
    from other_stays
),

ordered as (
    select
        *,
        max(until_date) over (
            partition by place, person_id
            order by from_date, until_date
            rows between unbounded preceding and 1 preceding
        ) as taken_until_date
    from in_beds
),

-- Whole intervals, not single nights as in int_person_time__setting_days: of each stay
-- the part that no earlier stay has taken, within residence and the calendar.
intervals as (
    select
        ordered.place,
        greatest(
            ordered.from_date,
            ordered.taken_until_date,
            lived.from_date,
            months.from_date
        ) as from_date,
        least(ordered.until_date, lived.until_date, months.until_date) as until_date
    from ordered
    inner join lived on ordered.person_id = lived.person_id
    cross join months
),

nights as (
    select
        place,
        sum({{ dbt.datediff('from_date', 'until_date', 'day') }}) as night_count
    from intervals
    where from_date < until_date
    group by place
),

counted as (
    select
        'hospital' as place,
        sum(hospital_days) as day_count
    from {{ ref('fct_person_month') }}
    union all
    select
        'any bed' as place,
        sum(resident_days - own_home_days) as day_count
    from {{ ref('fct_person_month') }}
)

select
    counted.place,
    counted.day_count,
    nights.night_count
from counted
left join nights on counted.place = nights.place
where coalesce(counted.day_count, 0) <> coalesce(nights.night_count, 0)
