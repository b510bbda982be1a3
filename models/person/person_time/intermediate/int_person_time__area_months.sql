-- A view, since fct_person_month keeps most of its rows. In the vault, since it reads
-- days of death there, and a view of the hub must open without the vault.
{{ config(materialized='view', database='vault') }}

with lived as (
    select * from {{ ref('int_person_time__area_spells') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

-- Nearly everyone is in one place all month and has one row. Joined on equalities,
-- because DuckDB expects too few rows of two inequalities and runs out of memory.
whole_months as (
    select
        lived.person_id,
        lived.area_basis,
        lived.small_area_code,
        lived.birth_month,
        {{ dbt.datediff(
            'months.month_start_date', 'months.until_date', 'day'
        ) }} as day_count,
        months.month_start_date
    from lived
    inner join months
        on
            greatest(lived.from_date, months.month_start_date)
            = months.month_start_date
            and least(lived.until_date, months.until_date)
            = months.until_date
),

-- A place has to be chosen only for people who moved, came or left: where they were in
-- the middle of the month, or else last.
part_spells as (
    select
        lived.person_id,
        lived.area_basis,
        lived.small_area_code,
        lived.birth_month,
        months.mid_month_date >= lived.from_date
        and months.mid_month_date < lived.until_date as is_mid_month,
        greatest(lived.from_date, months.month_start_date) as from_date,
        least(lived.until_date, months.until_date) as until_date,
        months.month_start_date
    from lived
    inner join months
        on
            lived.from_date < months.until_date
            and lived.until_date > months.month_start_date
    where
        lived.from_date > months.month_start_date
        or lived.until_date < months.until_date
),

part_months as (
    select
        person_id,
        area_basis,
        coalesce(
            max(case when is_mid_month then small_area_code end),
            max_by(small_area_code, from_date)
        ) as small_area_code,
        min(birth_month) as birth_month,
        sum({{ dbt.datediff('from_date', 'until_date', 'day') }}) as day_count,
        month_start_date
    from part_spells
    group by person_id, area_basis, month_start_date
),

together as (
    select * from whole_months
    union all
    select * from part_months
)

select
    person_id,
    area_basis,
    small_area_code,
    {{ age_on('month_start_date', 'birth_month') }} as age_years,
    cast(day_count as integer) as day_count,
    month_start_date
from together
