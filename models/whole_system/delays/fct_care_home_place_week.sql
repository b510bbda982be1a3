with vacancies as (
    select * from {{ ref('stg_care_homes__vacancies') }}
),

homes as (
    select * from {{ ref('stg_care_homes__homes') }}
),

waits as (
    select * from {{ ref('fct_delayed_transfer') }}
),

next_settings as (
    select * from {{ ref('delay_next_settings') }}
),

places as (
    select
        coalesce(homes.care_home_type, 'not recorded') as care_home_type,
        vacancies.week_start as week_start_date,
        count(*) as home_count,
        sum(vacancies.beds_available) as beds_available_count,
        sum(vacancies.beds_occupied) as beds_occupied_count,
        sum(vacancies.beds_vacant) as beds_vacant_count
    from vacancies
    left join homes on vacancies.cqc_location_id = homes.cqc_location_id
    group by coalesce(homes.care_home_type, 'not recorded'), vacancies.week_start
),

waiting as (
    select
        places.care_home_type,
        places.week_start_date,
        count(*) as waiting_count
    from places
    inner join next_settings on places.care_home_type = next_settings.care_home_type
    inner join waits
        on
            next_settings.next_setting = waits.next_setting
            and places.week_start_date >= waits.start_date
            and (places.week_start_date < waits.end_date or waits.end_date is null)
    group by places.care_home_type, places.week_start_date
)

select
    places.care_home_type,
    cast(places.home_count as integer) as home_count,
    cast(places.beds_available_count as integer) as beds_available_count,
    cast(places.beds_occupied_count as integer) as beds_occupied_count,
    cast(places.beds_vacant_count as integer) as beds_vacant_count,
    cast(coalesce(waiting.waiting_count, 0) as integer) as waiting_count,
    places.week_start_date
from places
left join waiting
    on
        places.care_home_type = waiting.care_home_type
        and places.week_start_date = waiting.week_start_date
