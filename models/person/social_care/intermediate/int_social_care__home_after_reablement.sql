with episodes as (
    select
        *,
        {{ add_days('hospital_discharge_date', var('at_home_days')) }} as judged_date
    from {{ ref('int_social_care__reablement_episodes') }}
    where is_after_hospital
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

care_home_stays as (
    select * from {{ ref('fct_care_home_stay') }}
),

away as (
    select
        person_id,
        death_date as from_date,
        {{ open_end() }} as until_date
    from deaths
    union all
    select
        person_id,
        admission_date as from_date,
        coalesce(discharge_date, {{ open_end() }}) as until_date
    from hospital_spells
    union all
    select
        person_id,
        start_date as from_date,
        coalesce(end_date, {{ open_end() }}) as until_date
    from care_home_stays
),

-- A person who leaves a bed on the day is at home that night.
away_on_the_day as (
    select distinct episodes.reablement_episode_id
    from episodes
    inner join away
        on
            episodes.person_id = away.person_id
            and episodes.judged_date >= away.from_date
            and episodes.judged_date < away.until_date
)

select
    episodes.reablement_episode_id,
    episodes.person_id,
    episodes.lsoa_code,
    away_on_the_day.reablement_episode_id is null as is_at_home,
    episodes.hospital_discharge_date,
    episodes.judged_date
from episodes
left join away_on_the_day
    on episodes.reablement_episode_id = away_on_the_day.reablement_episode_id
where episodes.judged_date <= {{ as_of_date() }}
