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

with area_months as (
    select * from {{ ref('int_person_time__area_months') }}
    where area_basis = 'residence'
),

setting_days as (
    select * from {{ ref('int_person_time__setting_days') }}
    where area_basis = 'residence'
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
    area_months.person_id,
    area_months.small_area_code as lsoa_code,
    {{ age_band('area_months.age_years') }} as age_band,
    area_months.age_years,
    case
        when delivered.emergency_attendance
            then coalesce(counted.emergency_attendance_count, 0)
    end as emergency_attendance_count,
    {%- for measure, fact in counts.items() %}
        case
            when delivered.{{ fact }} then coalesce(counted.{{ measure }}_count, 0)
        end as {{ measure }}_count,
    {%- endfor %}
    area_months.day_count as resident_days,
    cast(
        area_months.day_count
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
    area_months.month_start_date
from area_months
cross join delivered
left join setting_days
    on
        area_months.person_id = setting_days.person_id
        and area_months.month_start_date = setting_days.month_start_date
left join counted
    on
        area_months.person_id = counted.person_id
        and area_months.month_start_date = counted.month_start_date
