with residences as (
    select * from {{ ref('int_population__residences') }}
    where cqc_location_id is not null
),

care_home_services as (
    select * from {{ ref('int_social_care__events') }}
    where
        event_type = 'Service'
        and client_type = 'Service user'
        and service_setting in ('care home long term', 'care home short term')
),

homes as (
    select * from {{ ref('stg_care_homes__homes') }}
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

-- The GP register knows who lives in a home, whoever pays. The council knows whose
-- place it pays for, including short stays that change no address.
reported as (
    select
        person_id,
        cqc_location_id,
        lsoa_code,
        'primary_care' as source_feed,
        false as is_end_assumed,
        from_date,
        case when is_open then {{ open_end() }} else until_date end as until_date
    from residences
    union all
    select
        person_id,
        cqc_location_id,
        lsoa_code,
        'social_care_cld' as source_feed,
        coalesce(is_end_assumed, false) as is_end_assumed,
        start_date as from_date,
        case when end_date is null then {{ open_end() }} else until_date end
            as until_date
    from care_home_services
),

ordered as (
    select
        *,
        max(until_date) over (
            partition by person_id
            order by from_date, source_feed, cqc_location_id nulls last
            rows between unbounded preceding and 1 preceding
        ) as reached_until_date
    from reported
),

-- Reports that overlap or follow each other without a gap are one stay.
numbered as (
    select
        *,
        sum(case when from_date <= reached_until_date then 0 else 1 end) over (
            partition by person_id
            order by from_date, source_feed, cqc_location_id nulls last
        ) as stay_number
    from ordered
),

stays as (
    select
        person_id,
        stay_number,
        min(cqc_location_id) as cqc_location_id,
        min(lsoa_code) as lsoa_code,
        bool_or(source_feed = 'primary_care') as is_on_gp_list,
        bool_or(source_feed = 'social_care_cld') as is_council_supported,
        coalesce(
            max(case when not is_end_assumed then until_date end) < max(until_date),
            true
        ) as is_end_assumed,
        min(from_date) as start_date,
        max(until_date) as until_date
    from numbered
    group by person_id, stay_number
),

-- Death ends a stay that the council still reports as open.
ended as (
    select
        stays.person_id,
        stays.cqc_location_id,
        stays.lsoa_code,
        stays.is_on_gp_list,
        stays.is_council_supported,
        stays.until_date = {{ open_end() }} and deaths.death_date is null as is_open,
        stays.is_end_assumed
        or coalesce(
            stays.until_date > {{ add_days('deaths.death_date', 1) }}, false
        ) as is_end_assumed,
        stays.start_date,
        least(stays.until_date, {{ add_days('deaths.death_date', 1) }}) as until_date
    from stays
    left join deaths on stays.person_id = deaths.person_id
    where deaths.death_date is null or deaths.death_date >= stays.start_date
),

counted as (
    select
        *,
        case when is_open then {{ add_days(as_of_date(), 1) }} else until_date end
            as counted_until_date
    from ended
)

select
    md5(
        counted.person_id || '|care_home_stay|'
        || cast(counted.start_date as {{ dbt.type_string() }})
    ) as care_home_stay_id,
    counted.person_id,
    counted.cqc_location_id,
    coalesce(homes.lsoa_code, counted.lsoa_code) as lsoa_code,
    homes.care_home_type,
    cast({{ dbt.datediff(
        'counted.start_date', 'counted.counted_until_date', 'day'
    ) }} as integer) as stay_days,
    counted.is_on_gp_list,
    counted.is_council_supported,
    counted.is_open,
    counted.is_end_assumed,
    counted.start_date,
    case when not counted.is_open then {{ add_days('counted.until_date', -1) }} end
        as end_date
from counted
left join homes on counted.cqc_location_id = homes.cqc_location_id
