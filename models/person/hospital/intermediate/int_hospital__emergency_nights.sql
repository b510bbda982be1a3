with spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

stays as (
    select * from {{ ref('int_hospital__continuous_stays') }}
),

emergency_stays as (
    select continuous_stay_id
    from spells
    where is_emergency_admission and hospital_spell_id = continuous_stay_id
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

-- A transfer does not end the emergency stay: all its spells count. A night on which
-- two of them overlap counts once.
occupied as (
    select
        spells.hospital_spell_id,
        spells.continuous_stay_id,
        spells.person_id,
        spells.lsoa_code,
        stays.counted_from_date as from_date,
        coalesce(spells.discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from spells
    inner join emergency_stays
        on spells.continuous_stay_id = emergency_stays.continuous_stay_id
    inner join stays on spells.hospital_spell_id = stays.hospital_spell_id
),

month_parts as (
    select
        occupied.hospital_spell_id,
        occupied.continuous_stay_id,
        occupied.person_id,
        occupied.lsoa_code,
        greatest(occupied.from_date, months.month_start_date) as from_date,
        least(
            occupied.until_date,
            months.until_date,
            {{ add_days(as_of_date(), 1) }}
        ) as until_date
    from occupied
    inner join months
        on
            occupied.from_date < months.until_date
            and occupied.until_date > months.month_start_date
)

select
    hospital_spell_id,
    continuous_stay_id,
    person_id,
    lsoa_code,
    cast({{ dbt.datediff(
        'from_date', 'until_date', 'day'
    ) }} as integer) as night_count,
    from_date as first_date
from month_parts
where until_date > from_date
