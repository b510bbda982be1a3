-- A view, since fct_person_month keeps most of its rows. In the vault, since it reads
-- days of death there, and a view of the hub must open without the vault.
{{ config(materialized='view', database='vault') }}

with ranges as (
    select * from {{ ref('int_person_time__area_month_ranges') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
)

select
    ranges.person_id,
    ranges.area_basis,
    ranges.small_area_code,
    {{ age_on('months.month_start_date', 'ranges.birth_month') }} as age_years,
    cast(
        coalesce(
            ranges.day_count,
            {{ dbt.datediff('months.month_start_date', 'months.until_date', 'day') }}
        ) as integer
    ) as day_count,
    months.month_start_date
from ranges
-- Joined on equalities, because DuckDB expects too few rows of two inequalities and
-- runs out of memory.
inner join months
    on
        greatest(ranges.first_month, months.month_start_date)
        = months.month_start_date
        and least(ranges.until_month, months.until_date) = months.until_date
