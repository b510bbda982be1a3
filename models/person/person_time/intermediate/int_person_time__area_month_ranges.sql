-- In the vault, since it reads days of death there.
{{ config(materialized='view', database='vault') }}

with lived as (
    select
        *,
        cast(date_trunc('month', from_date) as date) as from_month,
        cast(date_trunc('month', until_date) as date) as until_month
    from {{ ref('int_person_time__area_spells') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

-- Nearly everyone is in one place all month.
whole_months as (
    select
        person_id,
        area_basis,
        small_area_code,
        birth_month,
        cast(null as integer) as day_count,
        case
            when from_date = from_month then from_month
            else cast({{ dbt.dateadd('month', 1, 'from_month') }} as date)
        end as first_month,
        until_month
    from lived
),

-- A place has to be chosen only for people who moved, came or left: where they were in
-- the middle of the month, or else last.
broken_months as (
    select
        *,
        from_month as month_start_date
    from lived
    where from_date > from_month
    union all
    select
        *,
        until_month as month_start_date
    from lived
    where
        until_date > until_month
        and (until_month > from_month or from_date = from_month)
),

part_spells as (
    select
        broken_months.person_id,
        broken_months.area_basis,
        broken_months.small_area_code,
        broken_months.birth_month,
        months.mid_month_date >= broken_months.from_date
        and months.mid_month_date < broken_months.until_date as is_mid_month,
        greatest(broken_months.from_date, months.month_start_date) as from_date,
        least(broken_months.until_date, months.until_date) as until_date,
        months.month_start_date,
        months.until_date as until_month
    from broken_months
    inner join months on broken_months.month_start_date = months.month_start_date
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
        month_start_date as first_month,
        until_month
    from part_spells
    group by person_id, area_basis, month_start_date, until_month
)

select
    person_id,
    area_basis,
    small_area_code,
    birth_month,
    day_count,
    first_month,
    until_month
from whole_months
where until_month > first_month
union all
select
    person_id,
    area_basis,
    small_area_code,
    birth_month,
    cast(day_count as integer) as day_count,
    first_month,
    until_month
from part_months
