{%- set counts = {
    'unplanned_attendance': 'emergency_attendance_count',
    'emergency_admission': 'emergency_admission_count',
    'elective_admission': 'elective_admission_count',
    'community_contact': 'community_contact_count',
    'community_bed_stay': 'community_bed_stay_count',
    'mental_health_contact': 'mental_health_contact_count',
    'mental_health_spell': 'mental_health_spell_count',
    'social_care_request': 'social_care_request_count',
    'social_care_service': 'social_care_service_count',
    'delayed_transfer': 'delayed_transfer_count',
} -%}

with resident_months as (
    select * from {{ ref('int_person_time__resident_months') }}
),

setting_days as (
    select * from {{ ref('int_person_time__setting_days') }}
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
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
