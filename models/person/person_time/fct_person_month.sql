{#- What is counted, and the fact that has to be delivered for it. -#}
{%- set counts = {
    'emergency_admission': 'hospital_spell',
    'elective_admission': 'hospital_spell',
    'community_contact': 'community_contact',
    'community_bed_stay': 'community_bed_stay',
    'mental_health_contact': 'mental_health_contact',
    'mental_health_spell': 'mental_health_spell',
    'social_care_request': 'social_care_event',
    'social_care_service': 'social_care_event',
    'delayed_transfer': 'listed_delay'
} -%}

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

delivered as (
    select
        bool_or(fact = 'emergency_attendance' and is_delivered) as emergency_attendance,
        {%- for fact in counts.values() | unique %}
            bool_or(fact = '{{ fact }}' and is_delivered) as {{ fact }},
        {%- endfor %}
        bool_or(
            fact in ('hospital_spell', 'emergency_attendance', 'social_care_event')
            and is_delivered
        ) as priced_fact
    from {{ ref('int_person_time__delivered_facts') }}
),

-- Nearly everyone lives in one place all month and has one row. Joined on equalities,
-- because DuckDB expects too few rows of two inequalities and runs out of memory.
whole_months as (
    select
        lived.person_id,
        lived.lsoa_code,
        lived.birth_month,
        {{ dbt.datediff(
            'months.month_start_date', 'months.until_date', 'day'
        ) }} as resident_days,
        months.month_start_date
    from lived
    inner join months
        on
            greatest(lived.from_date, months.month_start_date)
            = months.month_start_date
            and least(lived.until_date, months.until_date)
            = months.until_date
),

-- A place has to be chosen only for people who moved, came or left: where they lived in
-- the middle of the month, or else last.
part_spells as (
    select
        lived.person_id,
        lived.lsoa_code,
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
        coalesce(
            max(case when is_mid_month then lsoa_code end),
            max_by(lsoa_code, from_date)
        ) as lsoa_code,
        min(birth_month) as birth_month,
        sum({{ dbt.datediff('from_date', 'until_date', 'day') }}) as resident_days,
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
        cast(count(case when measure = 'unplanned_attendance' then 1 end) as integer)
            as emergency_attendance_count,
        {%- for measure in counts %}
            cast(count(case when measure = '{{ measure }}' then 1 end) as integer)
                as {{ measure }}_count,
        {%- endfor %}
        -- Sums of decimals are exact but slow, so they go no further than this.
        cast(sum(case when measure = 'cost_gbp' then amount else 0 end) as double)
            as cost_gbp
    from countable_events
    where
        measure in (
            {%- for measure in counts %}
                '{{ measure }}',
            {%- endfor %}
            'unplanned_attendance',
            'cost_gbp'
        )
    group by person_id, month_start_date
    -- Always true; without it DuckDB expects more rows here than there are
    -- person-months.
    having count(*) > 0
)

select
    resident_months.person_id,
    resident_months.lsoa_code,
    {{ age_band('resident_months.age_years') }} as age_band,
    resident_months.age_years,
    case
        when delivered.emergency_attendance
            then coalesce(counted.emergency_attendance_count, 0)
    end as emergency_attendance_count,
    {%- for measure, fact in counts.items() %}
        case
            when delivered.{{ fact }} then coalesce(counted.{{ measure }}_count, 0)
        end as {{ measure }}_count,
    {%- endfor %}
    resident_months.resident_days,
    cast(
        resident_months.resident_days
        - coalesce(setting_days.hospital_days, 0)
        - coalesce(setting_days.community_bed_days, 0)
        - coalesce(setting_days.care_home_days, 0) as integer
    ) as own_home_days,
    case
        when delivered.hospital_spell then coalesce(setting_days.hospital_days, 0)
    end as hospital_days,
    case
        when delivered.community_bed_stay
            then coalesce(setting_days.community_bed_days, 0)
    end as community_bed_days,
    coalesce(setting_days.care_home_days, 0) as care_home_days,
    case when delivered.priced_fact then coalesce(counted.cost_gbp, 0) end as cost_gbp,
    resident_months.month_start_date
from resident_months
cross join delivered
left join setting_days
    on
        resident_months.person_id = setting_days.person_id
        and resident_months.month_start_date = setting_days.month_start_date
left join counted
    on
        resident_months.person_id = counted.person_id
        and resident_months.month_start_date = counted.month_start_date
