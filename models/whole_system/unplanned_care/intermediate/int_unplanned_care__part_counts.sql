with turning_points as (
    select * from {{ ref('int_unplanned_care__turning_points') }}
    where turning_point_number > 0
),

city_months as (
    select * from {{ ref('int_unplanned_care__months') }}
    where geography_type = 'city' and is_complete_month
),

measures as (
    select * from {{ ref('unplanned_care_measures') }}
),

events as (
    select * from {{ ref('int_unplanned_care__events') }}
),

lsoa_months as (
    select * from {{ ref('int_neighbourhood__small_area_months') }}
    where area_basis = 'residence'
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

-- The months in which each turning point of the city was found, and the ages that
-- count.
months as (
    select
        turning_points.measure,
        turning_points.turning_point_number,
        measures.counted_as,
        coalesce(measures.youngest_age_band, '') as youngest_age_band,
        coalesce(measures.oldest_age_band, 'unknown') as oldest_age_band,
        city_months.month_start_date,
        city_months.month_start_date >= turning_points.turning_month_date as is_since
    from turning_points
    inner join measures on turning_points.measure = measures.measure
    inner join city_months
        on
            turning_points.measure = city_months.measure
            and turning_points.neighbourhood_id = city_months.neighbourhood_id
            and city_months.month_start_date
            between turning_points.first_month_date and turning_points.last_month_date
),

counted as (
    select
        months.measure,
        months.turning_point_number,
        months.is_since,
        lsoas.ward_id,
        events.age_band,
        events.condition,
        events.route,
        sum(events.event_count) as event_count,
        sum(events.case_count) as case_count,
        0 as person_days
    from months
    inner join events
        on
            months.counted_as = events.counted_as
            and months.month_start_date = events.month_start_date
            and events.age_band
            between months.youngest_age_band and months.oldest_age_band
    inner join lsoas on events.lsoa_code = lsoas.lsoa_code
    group by
        months.measure,
        months.turning_point_number,
        months.is_since,
        lsoas.ward_id,
        events.age_band,
        events.condition,
        events.route
    union all
    select
        months.measure,
        months.turning_point_number,
        months.is_since,
        lsoas.ward_id,
        lsoa_months.age_band,
        null as condition,
        null as route,
        0 as event_count,
        0 as case_count,
        sum(lsoa_months.person_days) as person_days
    from months
    inner join lsoa_months
        on
            months.month_start_date = lsoa_months.month_start_date
            and lsoa_months.age_band
            between months.youngest_age_band and months.oldest_age_band
    inner join lsoas on lsoa_months.small_area_code = lsoas.lsoa_code
    group by
        months.measure,
        months.turning_point_number,
        months.is_since,
        lsoas.ward_id,
        lsoa_months.age_band
),

parts as (
    select
        measure,
        turning_point_number,
        'ward' as dimension,
        ward_id as part,
        is_since,
        event_count,
        case_count,
        person_days
    from counted
    union all
    select
        measure,
        turning_point_number,
        'age group' as dimension,
        case
            when age_band <= '15-19' then '0-19'
            when age_band <= '60-64' then '20-64'
            when age_band <= '70-74' then '65-74'
            when age_band <= '80-84' then '75-84'
            when age_band <= '90+' then '85 and over'
            else 'unknown'
        end as part,
        is_since,
        event_count,
        case_count,
        person_days
    from counted
    union all
    select
        measure,
        turning_point_number,
        'condition' as dimension,
        condition as part,
        is_since,
        event_count,
        case_count,
        person_days
    from counted
    union all
    select
        measure,
        turning_point_number,
        'route' as dimension,
        route as part,
        is_since,
        event_count,
        case_count,
        person_days
    from counted
)

select
    measure,
    turning_point_number,
    dimension,
    part,
    cast(sum(event_count) filter (where not is_since) as bigint) as before_count,
    cast(sum(event_count) filter (where is_since) as bigint) as since_count,
    cast(sum(case_count) filter (where not is_since) as bigint) as before_case_count,
    cast(sum(person_days) filter (where not is_since) as bigint) as before_days,
    cast(sum(person_days) filter (where is_since) as bigint) as since_days
from parts
where part is not null
group by measure, turning_point_number, dimension, part
