with deaths as (
    select * from {{ ref('int_population__deaths') }}
),

-- A care home is a home.
stays as (
    select * from {{ ref('int_community_beds__stays_in_any_bed') }}
    where place <> 'care home'
),

numbers as (
    {{ dbt.generate_series(var('last_days_of_life')) }}
),

nights as (
    select
        deaths.person_id,
        {{ add_days(
            'deaths.death_date', '-cast(numbers.generated_number as integer)'
        ) }} as night_date
    from deaths
    cross join numbers
),

-- Each night once, however many stays overlap.
nights_away as (
    select
        nights.person_id,
        count(distinct nights.night_date) as away_days
    from nights
    inner join stays
        on
            nights.person_id = stays.person_id
            and nights.night_date >= stays.from_date
            and nights.night_date < stays.until_date
    group by nights.person_id
),

admissions as (
    select
        deaths.person_id,
        count(*) as emergency_admission_count
    from deaths
    inner join stays
        on
            deaths.person_id = stays.person_id
            and deaths.death_date >= stays.from_date
            and {{ add_days('deaths.death_date', -var('last_days_of_life')) }}
            <= stays.from_date
    where stays.is_emergency_admission
    group by deaths.person_id
)

select
    deaths.person_id,
    deaths.lsoa_code,
    cast(
        {{ var('last_days_of_life') }} - coalesce(nights_away.away_days, 0) as integer
    ) as home_days,
    cast(coalesce(admissions.emergency_admission_count, 0) as integer)
        as emergency_admission_count,
    cast(date_trunc('month', deaths.death_date) as date) as death_month
from deaths
left join nights_away on deaths.person_id = nights_away.person_id
left join admissions on deaths.person_id = admissions.person_id
