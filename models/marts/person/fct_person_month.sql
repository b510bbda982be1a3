{%- set counts = {'unplanned_attendance': 'emergency_attendance_count'} -%}
{%- for measure in [
    'emergency_admission', 'elective_admission', 'community_contact',
    'community_bed_stay', 'mental_health_contact', 'mental_health_spell',
    'social_care_request', 'social_care_service', 'delayed_transfer',
] -%}
    {%- do counts.update({measure: measure ~ '_count'}) -%}
{%- endfor -%}

with lived as (
    select * from {{ ref('int_person_time__resident_spells') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

setting_days as (
    select * from {{ ref('int_person_time__setting_days') }}
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
),

-- Nearly everybody lives in one place all month and has one row. Of two inequalities
-- DuckDB would expect too few rows, and keep the months in memory to join on them.
whole_months as (
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
            greatest(lived.from_date, months.month_start_date)
            = months.month_start_date
            and least(lived.until_date, months.next_month_start_date)
            = months.next_month_start_date
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

part_months as (
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

lived_months as (
    select * from whole_months
    union all
    select * from part_months
),

resident_months as (
    select
        person_id,
        lsoa_code,
        {{ age_on('month_start_date', 'birth_month') }} as age_years,
        cast(resident_days as integer) as resident_days,
        month_start_date
    from lived_months
),

counted as (
    select
        person_id,
        month_start_date,
        {%- for measure, column in counts.items() %}
            cast(count(case when measure = '{{ measure }}' then 1 end) as integer)
                as {{ column }},
        {%- endfor %}
        -- Decimals add up exactly, and are slow: they go no further than this.
        cast(sum(case when measure = 'cost_gbp' then amount else 0 end) as double)
            as cost_gbp
    from countable_events
    where
        measure in (
            {%- for measure in counts %}
                '{{ measure }}',
            {%- endfor %}
            'cost_gbp'
        )
    group by person_id, month_start_date
    -- Always so; without it DuckDB would expect more rows here than person-months.
    having count(*) > 0
)

select
    resident_months.person_id,
    resident_months.lsoa_code,
    {{ age_band('resident_months.age_years') }} as age_band,
    resident_months.age_years,
    {%- for column in counts.values() %}
        coalesce(counted.{{ column }}, 0) as {{ column }},
    {%- endfor %}
    resident_months.resident_days,
    cast(
        resident_months.resident_days
        - coalesce(setting_days.hospital_days, 0)
        - coalesce(setting_days.community_bed_days, 0)
        - coalesce(setting_days.care_home_days, 0) as integer
    ) as own_home_days,
    coalesce(setting_days.hospital_days, 0) as hospital_days,
    coalesce(setting_days.community_bed_days, 0) as community_bed_days,
    coalesce(setting_days.care_home_days, 0) as care_home_days,
    coalesce(counted.cost_gbp, 0) as cost_gbp,
    resident_months.month_start_date
from resident_months
left join setting_days
    on
        resident_months.person_id = setting_days.person_id
        and resident_months.month_start_date = setting_days.month_start_date
left join counted
    on
        resident_months.person_id = counted.person_id
        and resident_months.month_start_date = counted.month_start_date
