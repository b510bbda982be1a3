{%- set days = [
    'person_count', 'person_days', 'own_home_days', 'hospital_days',
    'community_bed_days', 'care_home_days'
] -%}
{%- set counts = [
    'unplanned_attendance', 'emergency_admission', 'acsc_admission', 'fall_admission',
    'zero_day_emergency_admission', 'emergency_readmission', 'elective_admission',
    'community_contact', 'district_nursing_contact', 'community_bed_stay',
    'mental_health_contact', 'mental_health_spell', 'social_care_request',
    'social_care_service', 'new_long_term_admission', 'reablement_episode',
    'reablement_success', 'care_home_stay', 'delayed_transfer', 'death'
] -%}

with resident_cells as (
    select * from {{ ref('int_neighbourhood__resident_cells') }}
),

event_cells as (
    select * from {{ ref('int_neighbourhood__event_cells') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

bands as (
    select * from {{ ref('european_standard_population') }}
),

population as (
    select
        lsoa_code,
        age_band,
        sex,
        {%- for column in days %}
            sum({{ column }}) as {{ column }},
        {%- endfor %}
        month_start_date
    from resident_cells
    group by lsoa_code, age_band, sex, month_start_date
),

events as (
    select
        lsoa_code,
        age_band,
        sex,
        {%- for measure in counts %}
            sum(case when measure = '{{ measure }}' then amount else 0 end)
                as {{ measure }}_count,
        {%- endfor %}
        sum(case when measure = 'discharge_delay_days' then amount else 0 end)
            as discharge_delay_days,
        sum(case when measure = 'cost_gbp' then amount else 0 end) as cost_gbp,
        month_start_date
    from event_cells
    group by lsoa_code, age_band, sex, month_start_date
),

sexes as (
    select 'female' as sex
    union all
    select 'male' as sex
),

-- Every LSOA has a row for every month, age band and sex, since zero is a finding.
-- Unknown age or sex has a row only with people or events.
cells as (
    select
        lsoas.lsoa_code,
        bands.age_band,
        sexes.sex,
        months.month_start_date
    from lsoas
    cross join months
    cross join bands
    cross join sexes
    union distinct
    select
        lsoa_code,
        age_band,
        sex,
        month_start_date
    from population
    union distinct
    select
        lsoa_code,
        age_band,
        sex,
        month_start_date
    from events
)

select
    cells.lsoa_code,
    cells.age_band,
    cells.sex,
    {%- for column in days %}
        cast(coalesce(population.{{ column }}, 0) as bigint) as {{ column }},
    {%- endfor %}
    {%- for measure in counts %}
        cast(coalesce(events.{{ measure }}_count, 0) as bigint) as {{ measure }}_count,
    {%- endfor %}
    cast(coalesce(events.discharge_delay_days, 0) as bigint) as discharge_delay_days,
    cast(coalesce(events.cost_gbp, 0) as decimal(18, 4)) as cost_gbp,
    cells.month_start_date
from cells
left join population
    on
        cells.lsoa_code = population.lsoa_code
        and cells.age_band = population.age_band
        and cells.sex = population.sex
        and cells.month_start_date = population.month_start_date
left join events
    on
        cells.lsoa_code = events.lsoa_code
        and cells.age_band = events.age_band
        and cells.sex = events.sex
        and cells.month_start_date = events.month_start_date
