with events as (
    select * from {{ ref('int_social_care__events') }}
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

services as (
    select
        *,
        lag(coalesce(end_date, {{ as_of_date() }})) over (
            partition by person_id order by start_date, social_care_event_id
        ) as previous_end_date
    from events
    where
        event_type = 'Service'
        and client_type = 'Service user'
        and service_setting = 'reablement'
),

-- ASCOF 2D: services no more than seven days apart are one episode of reablement.
numbered as (
    select
        *,
        sum(
            case
                when
                    {{ dbt.datediff(
                        'previous_end_date', 'start_date', 'day'
                    ) }} <= 7
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
        episode_number,
        min(social_care_event_id) as reablement_episode_id,
        min(lsoa_code) as lsoa_code,
        min(start_date) as start_date,
        max(coalesce(end_date, {{ as_of_date() }})) as last_date,
        count(*) - count(end_date) > 0 as is_open
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
            between {{ add_days('episodes.start_date', -7) }}
            and {{ add_days('episodes.start_date', 3) }}
    group by episodes.reablement_episode_id
),

happenings as (
    select
        person_id,
        death_date as happened_on
    from deaths
    union all
    select
        person_id,
        admission_date as happened_on
    from spells
    where is_emergency_admission
    union all
    select
        person_id,
        admission_date as happened_on
    from long_term_admissions
),

failures as (
    select
        episodes.reablement_episode_id,
        min(happenings.happened_on) as failure_date
    from episodes
    inner join happenings
        on
            episodes.person_id = happenings.person_id
            and episodes.start_date < happenings.happened_on
            and {{ add_days('episodes.start_date', 84) }} >= happenings.happened_on
    group by episodes.reablement_episode_id
)

select
    episodes.reablement_episode_id,
    episodes.person_id,
    episodes.lsoa_code,
    {{ age_on('episodes.start_date', 'persons.birth_month') }} as age_years,
    discharged.reablement_episode_id is not null as is_after_hospital,
    -- Only after 84 days have passed can an episode be called a success.
    case
        when failures.reablement_episode_id is not null then false
        when
            {{ add_days('episodes.start_date', 84) }} <= {{ as_of_date() }}
            then true
    end as is_successful,
    episodes.start_date,
    case when not episodes.is_open then episodes.last_date end as end_date,
    discharged.hospital_discharge_date,
    failures.failure_date
from episodes
inner join persons on episodes.person_id = persons.person_id
left join discharged
    on episodes.reablement_episode_id = discharged.reablement_episode_id
left join failures
    on episodes.reablement_episode_id = failures.reablement_episode_id
