{%- set days = [
    'person_count', 'person_days', 'own_home_days', 'hospital_days',
    'community_bed_days', 'care_home_days'
] -%}
{%- set counts = neighbourhood_measures() -%}

with population_cells as (
    select * from {{ ref('int_neighbourhood__population_cells') }}
),

counted_months as (
    select * from {{ ref('int_person_time__counted_months') }}
),

small_areas as (
    select * from {{ ref('int_place__small_areas') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

bands as (
    select * from {{ ref('european_standard_population') }}
),

placed as (
    select
        small_area_code,
        area_basis,
        measure,
        age_band,
        sex,
        amount,
        whole_amount,
        month_start_date
    from counted_months
    unpivot (small_area_code for area_basis in (residence, registration))
    where
        measure in (
            {{ text_list(counts + ['discharge_delay_days', 'cost_gbp']) }}
        )
),

measured as (
    select
        small_area_code,
        area_basis,
        measure,
        age_band,
        sex,
        cast(sum(amount) as decimal(18, 4)) as amount,
        cast(sum(whole_amount) as bigint) as whole_amount,
        month_start_date
    from placed
    group by small_area_code, area_basis, measure, age_band, sex, month_start_date
),

-- A cell has one row of a measure, so the largest is that one.
events as (
    select
        small_area_code,
        area_basis,
        age_band,
        sex,
        {%- for measure in counts %}
            max(case when measure = '{{ measure }}' then whole_amount end)
                as {{ measure }}_count,
        {%- endfor %}
        max(case when measure = 'discharge_delay_days' then whole_amount end)
            as discharge_delay_days,
        max(case when measure = 'cost_gbp' then amount end) as cost_gbp,
        month_start_date
    from measured
    group by small_area_code, area_basis, age_band, sex, month_start_date
),

sexes as (
    select 'female' as sex
    union all
    select 'male' as sex
),

-- Every small area has a row for every month, age band and sex, since zero is a
-- finding. Unknown age or sex has a row only with people or events.
cells as (
    select
        small_areas.small_area_code,
        small_areas.area_basis,
        bands.age_band,
        sexes.sex,
        months.month_start_date
    from small_areas
    cross join months
    cross join bands
    cross join sexes
    union distinct
    select
        small_area_code,
        area_basis,
        age_band,
        sex,
        month_start_date
    from population_cells
    union distinct
    select
        small_area_code,
        area_basis,
        age_band,
        sex,
        month_start_date
    from events
)

select
    cells.small_area_code,
    cells.area_basis,
    cells.age_band,
    cells.sex,
    {%- for column in days %}
        cast(coalesce(population_cells.{{ column }}, 0) as bigint) as {{ column }},
    {%- endfor %}
    {%- for measure in counts %}
        cast(coalesce(events.{{ measure }}_count, 0) as bigint) as {{ measure }}_count,
    {%- endfor %}
    cast(coalesce(events.discharge_delay_days, 0) as bigint) as discharge_delay_days,
    cast(coalesce(events.cost_gbp, 0) as decimal(18, 4)) as cost_gbp,
    cells.month_start_date
from cells
left join population_cells
    on
        cells.small_area_code = population_cells.small_area_code
        and cells.age_band = population_cells.age_band
        and cells.sex = population_cells.sex
        and cells.month_start_date = population_cells.month_start_date
left join events
    on
        cells.small_area_code = events.small_area_code
        and cells.age_band = events.age_band
        and cells.sex = events.sex
        and cells.month_start_date = events.month_start_date
