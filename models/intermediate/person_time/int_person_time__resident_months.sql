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
        lived.from_date <= months.month_start_date
        and lived.until_date >= months.next_month_start_date as is_whole_month,
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

-- Nearly everybody lives in one place all month and has one row. Only who moved, came or
-- left needs choosing: the place in the middle of the month, else the last one.
whole as (
    select
        person_id,
        month_start_date,
        lsoa_code,
        resident_days
    from counted
    where is_whole_month
),

parts as (
    select
        person_id,
        month_start_date,
        coalesce(
            max(case when is_mid_month then lsoa_code end),
            max_by(lsoa_code, from_date)
        ) as lsoa_code,
        sum(resident_days) as resident_days
    from counted
    where not is_whole_month
    group by person_id, month_start_date
),

together as (
    select * from whole
    union all
    select * from parts
)

select
    together.person_id,
    together.lsoa_code,
    persons.sex,
    {{ age_on('together.month_start_date', 'persons.birth_month') }} as age_years,
    cast(together.resident_days as integer) as resident_days,
    together.month_start_date
from together
inner join persons on together.person_id = persons.person_id
