{{ config(materialized='view') }}

with services as (
    select * from {{ ref('fct_social_care_service') }}
),

service_types as (
    select * from {{ ref('care_service_types') }}
),

service_costs as (
    select * from {{ ref('int_social_care__service_month_costs') }}
),

reablement_episodes as (
    select * from {{ ref('int_social_care__reablement_episodes') }}
),

reablement_outcomes as (
    select * from {{ ref('int_social_care__home_after_reablement') }}
),

-- A column named for a measure holds what the event adds to it, and null when the event
-- does not count.
by_service_start as (
    select
        services.social_care_service_id as event_id,
        services.person_id,
        services.lsoa_code,
        services.start_date as event_date,
        case when services.is_home_care then 1 end as home_care_start,
        case when services.is_new_long_term_admission then 1 end
            as new_long_term_admission,
        case
            when
                services.is_new_long_term_admission
                and service_types.care_home_kind = 'residential'
                then 1
        end as new_residential_admission,
        case
            when
                services.is_new_long_term_admission
                and service_types.care_home_kind = 'nursing'
                then 1
        end as new_nursing_admission
    from services
    left join service_types on services.service_type = service_types.service_type
),

-- ASCOF 2D, once it is known whether the episode was a success.
by_episode_start as (
    select
        reablement_episode_id as event_id,
        person_id,
        lsoa_code,
        start_date as event_date,
        1 as reablement_episode,
        case when is_successful then 1 end as reablement_success
    from reablement_episodes
    where
        age_years >= {{ var('older_age_years') }}
        and is_after_hospital
        and is_successful is not null
),

by_discharge as (
    select
        reablement_episode_id as event_id,
        person_id,
        lsoa_code,
        hospital_discharge_date as event_date,
        1 as reablement_judged_after_91_days,
        case when is_at_home then 1 end as at_home_after_91_days
    from reablement_outcomes
)

select
    'social_care_service' as event_type,
    event_id,
    person_id,
    lsoa_code,
    event_date,
    measure,
    amount
from by_service_start
unpivot (amount for measure in (
    home_care_start, new_long_term_admission, new_residential_admission,
    new_nursing_admission
))
union all
select
    'reablement_episode' as event_type,
    event_id,
    person_id,
    lsoa_code,
    event_date,
    measure,
    amount
from by_episode_start
unpivot (amount for measure in (reablement_episode, reablement_success))
union all
select
    'reablement_episode' as event_type,
    event_id,
    person_id,
    lsoa_code,
    event_date,
    measure,
    amount
from by_discharge
unpivot (amount for measure in (
    reablement_judged_after_91_days, at_home_after_91_days
))
union all
select
    'social_care_service' as event_type,
    cast(null as {{ dbt.type_string() }}) as event_id,
    person_id,
    lsoa_code,
    month_start_date as event_date,
    'cost_gbp' as measure,
    cast(cost_gbp as decimal(18, 4)) as amount
from service_costs
