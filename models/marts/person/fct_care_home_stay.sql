with residences as (
    select * from {{ ref('int_population__residences') }}
),

services as (
    select * from {{ ref('int_social_care__events') }}
),

homes as (
    select * from {{ ref('stg_care_homes__homes') }}
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

-- The GP list knows who lives in a home, whoever pays; the council knows whom it pays
-- for, also for a short stay that changes no address.
said as (
    select
        person_id,
        cqc_location_id,
        lsoa_code,
        'primary_care' as source_feed,
        from_date,
        to_date
    from residences
    where cqc_location_id is not null
    union all
    select
        person_id,
        cqc_location_id,
        lsoa_code,
        'social_care_cld' as source_feed,
        start_date as from_date,
        end_date as to_date
    from services
    where
        event_type = 'Service'
        and client_type = 'Service user'
        and service_setting in ('care home long term', 'care home short term')
),

ordered as (
    select
        *,
        max(coalesce(to_date, cast('9999-12-31' as date))) over (
            partition by person_id
            order by from_date, source_feed, cqc_location_id nulls last
            rows between unbounded preceding and 1 preceding
        ) as reached_date
    from said
),

-- What one side knows before the other ended is the same stay.
numbered as (
    select
        *,
        sum(
            case
                when
                    {{ dbt.datediff(
                        'reached_date', 'from_date', 'day'
                    ) }} <= 1
                    then 0
                else 1
            end
        ) over (
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
        max(case when source_feed = 'primary_care' then 1 else 0 end) = 1
            as is_on_gp_list,
        max(case when source_feed = 'social_care_cld' then 1 else 0 end) = 1
            as is_council_supported,
        min(from_date) as start_date,
        case when count(*) = count(to_date) then max(to_date) end as end_date
    from numbered
    group by person_id, stay_number
),

-- A council that has not heard of a death has not ended its service.
ended as (
    select
        stays.person_id,
        stays.cqc_location_id,
        stays.lsoa_code,
        stays.is_on_gp_list,
        stays.is_council_supported,
        stays.start_date,
        least(stays.end_date, deaths.death_date) as end_date
    from stays
    left join deaths on stays.person_id = deaths.person_id
    where deaths.death_date is null or deaths.death_date >= stays.start_date
)

select
    md5(
        ended.person_id || '|care_home_stay|'
        || cast(ended.start_date as {{ dbt.type_string() }})
    ) as care_home_stay_id,
    ended.person_id,
    ended.cqc_location_id,
    coalesce(homes.lsoa_code, ended.lsoa_code) as lsoa_code,
    homes.care_home_type,
    cast({{ dbt.datediff(
        'ended.start_date',
        'coalesce(ended.end_date, ' ~ as_of_date() ~ ')',
        'day'
    ) }} + 1 as integer) as stay_days,
    ended.is_on_gp_list,
    ended.is_council_supported,
    ended.end_date is null as is_open,
    ended.start_date,
    ended.end_date
from ended
left join homes on ended.cqc_location_id = homes.cqc_location_id
