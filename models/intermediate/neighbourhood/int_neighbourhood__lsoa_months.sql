{%- set measures = neighbourhood_measures() -%}

with person_months as (
    select * from {{ ref('fct_person_month') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
),

members as (
    select distinct lsoa_code from {{ ref('int_place__neighbourhood_lsoas') }}
),

months as (
    select month_start_date from {{ ref('int_calendar__months') }}
),

population as (
    select
        person_months.lsoa_code,
        person_months.month_start_date,
        coalesce(person_months.age_band, 'unknown') as age_band,
        persons.sex,
        count(*) as person_count,
        sum(person_months.resident_days) as person_days,
        sum(person_months.own_home_days) as own_home_days,
        sum(person_months.hospital_days) as hospital_days,
        sum(person_months.community_bed_days) as community_bed_days,
        sum(person_months.care_home_days) as care_home_days
    from person_months
    inner join persons on person_months.person_id = persons.person_id
    group by
        person_months.lsoa_code,
        person_months.month_start_date,
        coalesce(person_months.age_band, 'unknown'),
        persons.sex
),

aged_events as (
    select
        countable_events.lsoa_code,
        countable_events.month_start_date,
        countable_events.measure,
        countable_events.amount,
        persons.sex,
        {{ age_band(
            age_on('countable_events.month_start_date', 'persons.birth_month')
        ) }} as age_band
    from countable_events
    inner join persons on countable_events.person_id = persons.person_id
),

events as (
    select
        aged_events.lsoa_code,
        coalesce(aged_events.age_band, 'unknown') as age_band,
        aged_events.sex,
        {%- for measure, column in measures.items() %}
            sum(
                case
                    when aged_events.measure = '{{ measure }}' then aged_events.amount
                    else 0
                end
            ) as {{ column }},
        {%- endfor %}
        aged_events.month_start_date
    from aged_events
    inner join members on aged_events.lsoa_code = members.lsoa_code
    inner join months on aged_events.month_start_date = months.month_start_date
    group by
        aged_events.lsoa_code,
        aged_events.month_start_date,
        coalesce(aged_events.age_band, 'unknown'),
        aged_events.sex
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
    {%- for column in [
        'person_count', 'person_days', 'own_home_days', 'hospital_days',
        'community_bed_days', 'care_home_days'
    ] %}
        cast(coalesce(population.{{ column }}, 0) as bigint) as {{ column }},
    {%- endfor %}
    {%- for column in measures.values() %}
        coalesce(events.{{ column }}, 0) as {{ column }},
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
