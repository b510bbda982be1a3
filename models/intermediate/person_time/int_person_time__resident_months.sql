{{ config(materialized='ephemeral') }}

with lived as (
    select * from {{ ref('int_person_time__resident_spells') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

spell_months as (
    select
        lived.person_id,
        lived.lsoa_code,
        lived.from_date,
        months.month_start_date,
        months.mid_month_date >= lived.from_date
        and months.mid_month_date < lived.until_date as is_mid_month,
        greatest(lived.from_date, months.month_start_date) as first_date,
        least(lived.until_date, months.next_month_start_date) as until_date
    from lived
    inner join months
        on
            lived.from_date < months.next_month_start_date
            and lived.until_date > months.month_start_date
),

counted as (
    select
        *,
        {{ dbt.datediff(
            'first_date', 'until_date', 'day'
        ) }} as resident_days
    from spell_months
    where until_date > first_date
),

-- Nearly everybody lives in one place all month. Only who moved, came or left needs
-- choosing: the place in the middle of the month, else the last one.
whole as (
    select * from counted
    where is_mid_month
),

parts as (
    select
        counted.person_id,
        counted.month_start_date,
        max_by(counted.lsoa_code, counted.from_date) as last_lsoa_code,
        sum(counted.resident_days) as resident_days
    from counted
    where not counted.is_mid_month
    group by counted.person_id, counted.month_start_date
),

together as (
    select
        coalesce(whole.person_id, parts.person_id) as person_id,
        coalesce(whole.month_start_date, parts.month_start_date) as month_start_date,
        coalesce(whole.lsoa_code, parts.last_lsoa_code) as lsoa_code,
        coalesce(whole.resident_days, 0) + coalesce(parts.resident_days, 0)
            as resident_days
    from whole
    full outer join parts
        on
            whole.person_id = parts.person_id
            and whole.month_start_date = parts.month_start_date
)

select
    together.person_id,
    together.month_start_date,
    together.lsoa_code,
    persons.sex,
    {{ age_on('together.month_start_date', 'persons.birth_month') }} as age_years,
    cast(together.resident_days as integer) as resident_days
from together
inner join persons on together.person_id = persons.person_id
