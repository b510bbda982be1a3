with resident_spells as (
    select * from {{ ref('int_person_time__resident_spells') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

lived as (
    select
        resident_spells.*,
        persons.birth_month
    from resident_spells
    inner join persons on resident_spells.person_id = persons.person_id
),

-- Nearly everybody lives in one place all month and has one row.
whole as (
    select
        lived.person_id,
        lived.lsoa_code,
        lived.birth_month,
        {{ dbt.datediff(
            'months.month_start_date', 'months.next_month_start_date', 'day'
        ) }} as resident_days,
        months.month_start_date
    from lived
    inner join months
        on
            lived.from_date <= months.month_start_date
            and lived.until_date >= months.next_month_start_date
),

-- Only who moved, came or left needs choosing: the place in the middle of the month, or
-- else the last one.
part_spells as (
    select
        lived.*,
        months.month_start_date,
        months.mid_month_date >= lived.from_date
        and months.mid_month_date < lived.until_date as is_mid_month,
        greatest(lived.from_date, months.month_start_date) as first_date,
        least(lived.until_date, months.next_month_start_date) as end_date
    from lived
    inner join months
        on
            lived.from_date < months.next_month_start_date
            and lived.until_date > months.month_start_date
    where
        lived.from_date > months.month_start_date
        or lived.until_date < months.next_month_start_date
),

parts as (
    select
        person_id,
        coalesce(
            max(case when is_mid_month then lsoa_code end),
            max_by(lsoa_code, from_date)
        ) as lsoa_code,
        min(birth_month) as birth_month,
        sum({{ dbt.datediff('first_date', 'end_date', 'day') }}) as resident_days,
        month_start_date
    from part_spells
    group by person_id, month_start_date
),

together as (
    select * from whole
    union all
    select * from parts
)

select
    person_id,
    lsoa_code,
    {{ age_on('month_start_date', 'birth_month') }} as age_years,
    cast(resident_days as integer) as resident_days,
    month_start_date
from together
