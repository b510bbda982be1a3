{%- set last_days = 90 -%}

with deaths as (
    select * from {{ ref('int_population__deaths') }}
),

hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

mental_health_spells as (
    select * from {{ ref('fct_mental_health_spell') }}
),

community_bed_stays as (
    select * from {{ ref('fct_community_bed_stay') }}
),

numbers as (
    {{ dbt.generate_series(last_days) }}
),

stays as (
    select
        person_id,
        admission_date,
        discharge_date,
        is_emergency_admission
    from hospital_spells
    union all
    select
        person_id,
        admission_date,
        discharge_date,
        false as is_emergency_admission
    from mental_health_spells
    union all
    select
        person_id,
        admission_date,
        discharge_date,
        false as is_emergency_admission
    from community_bed_stays
),

last_stays as (
    select
        deaths.person_id,
        deaths.death_date,
        stays.is_emergency_admission,
        stays.admission_date,
        stays.discharge_date
    from deaths
    inner join stays
        on
            deaths.person_id = stays.person_id
            and deaths.death_date >= stays.admission_date
            and {{ add_days('deaths.death_date', -last_days) }}
            <= coalesce(stays.discharge_date, deaths.death_date)
),

admissions as (
    select
        person_id,
        count(*) as emergency_admission_count
    from last_stays
    where
        is_emergency_admission
        and admission_date >= {{ add_days('death_date', -last_days) }}
    group by person_id
),

-- Midnights, each once however many stays overlap; a stay that nobody ended has ended
-- with the death.
nights_away as (
    select
        last_stays.person_id,
        count(distinct numbers.generated_number) as away_days
    from last_stays
    inner join numbers
        on
            last_stays.admission_date
            <= {{ add_days(
                'last_stays.death_date',
                '-cast(numbers.generated_number as integer)'
            ) }}
            and coalesce(last_stays.discharge_date, last_stays.death_date)
            > {{ add_days(
                'last_stays.death_date',
                '-cast(numbers.generated_number as integer)'
            ) }}
    group by last_stays.person_id
)

select
    deaths.person_id,
    deaths.lsoa_code,
    cast({{ last_days }} - coalesce(nights_away.away_days, 0) as integer) as home_days,
    cast(coalesce(admissions.emergency_admission_count, 0) as integer)
        as emergency_admission_count,
    cast(date_trunc('month', deaths.death_date) as date) as death_month
from deaths
left join nights_away on deaths.person_id = nights_away.person_id
left join admissions on deaths.person_id = admissions.person_id
