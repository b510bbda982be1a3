with services as (
    select
        *,
        lag(until_date) over (
            partition by person_id order by start_date, social_care_event_id
        ) as previous_until_date
    from {{ ref('int_social_care__events') }}
    where
        event_type = 'Service'
        and client_type = 'Service user'
        and service_setting = 'reablement'
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

long_term_admissions as (
    select * from {{ ref('int_social_care__new_long_term_admissions') }}
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

-- ASCOF 2D: services no more than seven days apart are one episode of reablement.
numbered as (
    select
        *,
        sum(
            case
                when
                    {{ dbt.datediff('previous_until_date', 'start_date', 'day') }}
                    < {{ var('reablement_gap_days') }}
                    then 0
                else 1
            end
        ) over (
            partition by person_id order by start_date, social_care_event_id
        ) as episode_number
    from services
),

episodes as (
    select
        person_id,
        min(social_care_event_id) as reablement_episode_id,
        min(lsoa_code) as lsoa_code,
        bool_or(end_date is null) as is_open,
        min(start_date) as start_date,
        {{ add_days('min(start_date)', var('reablement_outcome_days')) }}
            as outcome_date,
        max(until_date) as until_date
    from numbered
    group by person_id, episode_number
),

-- The discharge may be up to seven days before the start and up to three after it.
discharged as (
    select
        episodes.reablement_episode_id,
        max(spells.stay_discharge_date) as hospital_discharge_date
    from episodes
    inner join spells
        on
            episodes.person_id = spells.person_id
            and spells.stay_discharge_date
            >= {{ add_days(
                'episodes.start_date', -var('reablement_days_after_discharge')
            ) }}
            and spells.stay_discharge_date
            <= {{ add_days(
                'episodes.start_date', var('reablement_days_before_discharge')
            ) }}
    group by episodes.reablement_episode_id
),

-- What makes an episode unsuccessful.
setbacks as (
    select
        person_id,
        death_date as setback_date
    from deaths
    union all
    select
        person_id,
        admission_date as setback_date
    from spells
    where is_emergency_admission
    union all
    select
        person_id,
        admission_date as setback_date
    from long_term_admissions
),

failures as (
    select
        episodes.reablement_episode_id,
        min(setbacks.setback_date) as failure_date
    from episodes
    inner join setbacks
        on
            episodes.person_id = setbacks.person_id
            and episodes.start_date < setbacks.setback_date
            and episodes.outcome_date >= setbacks.setback_date
    group by episodes.reablement_episode_id
)

select
    episodes.reablement_episode_id,
    episodes.person_id,
    episodes.lsoa_code,
    {{ age_on('episodes.start_date', 'persons.birth_month') }} as age_years,
    discharged.reablement_episode_id is not null as is_after_hospital,
    -- An episode is called a success only once all of its outcome days have passed.
    case
        when failures.reablement_episode_id is not null then false
        when episodes.outcome_date <= {{ as_of_date() }} then true
    end as is_successful,
    episodes.start_date,
    case when not episodes.is_open then {{ add_days('episodes.until_date', -1) }} end
        as end_date,
    discharged.hospital_discharge_date,
    failures.failure_date
from episodes
inner join persons on episodes.person_id = persons.person_id
left join discharged
    on episodes.reablement_episode_id = discharged.reablement_episode_id
left join failures
    on episodes.reablement_episode_id = failures.reablement_episode_id
