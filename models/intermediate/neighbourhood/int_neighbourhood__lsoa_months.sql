{%- set measures = neighbourhood_measures() -%}
{%- set people_and_days = [
    'person_count', 'person_days', 'own_home_days', 'hospital_days',
    'community_bed_days', 'care_home_days'
] -%}

with resident_cells as (
    select * from {{ ref('int_neighbourhood__resident_cells') }}
),

event_cells as (
    select * from {{ ref('int_neighbourhood__event_cells') }}
),

members as (
    select distinct lsoa_code from {{ ref('int_place__neighbourhood_lsoas') }}
),

months as (
    select month_start_date from {{ ref('int_calendar__months') }}
),

population as (
    select
        lsoa_code,
        age_band,
        sex,
        {%- for column in people_and_days %}
            sum({{ column }}) as {{ column }},
        {%- endfor %}
        month_start_date
    from resident_cells
    group by lsoa_code, month_start_date, age_band, sex
),

events as (
    select
        lsoa_code,
        age_band,
        sex,
        {%- for measure, column in measures.items() %}
            sum(
                case
                    when measure = '{{ measure }}'
                        then {{ 'event_count' if '_count' in column else 'amount' }}
                    else 0
                end
            ) as {{ column }},
        {%- endfor %}
        month_start_date
    from event_cells
    group by lsoa_code, month_start_date, age_band, sex
),

-- Zero is a finding: every LSOA has a row for every month, age band and sex. Cells of
-- unknown age or sex exist only where something happened in them.
bands as (
    {%- for lower in range(0, 90, 5) %}
        select '{{ "%02d-%02d" | format(lower, lower + 4) }}' as age_band
        union all
    {%- endfor %}
    select '90+' as age_band
),

sexes as (
    select 'female' as sex
    union all
    select 'male' as sex
),

cells as (
    select
        members.lsoa_code,
        months.month_start_date,
        bands.age_band,
        sexes.sex
    from members
    cross join months
    cross join bands
    cross join sexes
    union distinct
    select
        lsoa_code,
        month_start_date,
        age_band,
        sex
    from population
    union distinct
    select
        lsoa_code,
        month_start_date,
        age_band,
        sex
    from events
)

select
    cells.lsoa_code,
    cells.age_band,
    cells.sex,
    {%- for column in people_and_days %}
        cast(coalesce(population.{{ column }}, 0) as bigint) as {{ column }},
    {%- endfor %}
    {%- for column in measures.values() %}
        cast(
            coalesce(events.{{ column }}, 0)
            as {{ 'decimal(18, 4)' if column.endswith('_gbp') else 'bigint' }}
        ) as {{ column }},
    {%- endfor %}
    cells.month_start_date
from cells
left join population
    on
        cells.lsoa_code = population.lsoa_code
        and cells.month_start_date = population.month_start_date
        and cells.age_band = population.age_band
        and cells.sex = population.sex
left join events
    on
        cells.lsoa_code = events.lsoa_code
        and cells.month_start_date = events.month_start_date
        and cells.age_band = events.age_band
        and cells.sex = events.sex
