{#- What is added up, and the fact that has to be delivered for it. -#}
{%- set sums = {
    'person_count': none,
    'person_days': none,
    'own_home_days': none,
    'hospital_days': 'hospital_spell',
    'community_bed_days': 'community_bed_stay',
    'care_home_days': none,
    'unplanned_attendance_count': 'emergency_attendance',
    'emergency_admission_count': 'hospital_spell',
    'acsc_admission_count': 'hospital_spell',
    'fall_admission_count': 'hospital_spell',
    'zero_day_emergency_admission_count': 'hospital_spell',
    'emergency_readmission_count': 'hospital_spell',
    'elective_admission_count': 'hospital_spell',
    'community_contact_count': 'community_contact',
    'district_nursing_contact_count': 'community_contact',
    'community_bed_stay_count': 'community_bed_stay',
    'mental_health_contact_count': 'mental_health_contact',
    'mental_health_spell_count': 'mental_health_spell',
    'social_care_request_count': 'social_care_event',
    'social_care_service_count': 'social_care_event',
    'new_long_term_admission_count': 'social_care_event',
    'reablement_episode_count': 'social_care_event',
    'reablement_success_count': 'social_care_event',
    'care_home_stay_count': none,
    'delayed_transfer_count': 'listed_delay',
    'death_count': 'death',
    'discharge_delay_days': 'hospital_spell'
} -%}

with small_area_months as (
    select * from {{ ref('int_neighbourhood__small_area_months') }}
),

members as (
    select * from {{ ref('int_place__neighbourhood_small_areas') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

delivered as (
    select
        {%- for fact in sums.values() | select | unique %}
            bool_or(fact = '{{ fact }}' and is_delivered) as {{ fact }},
        {%- endfor %}
        bool_or(
            fact in ('hospital_spell', 'emergency_attendance', 'social_care_event')
            and is_delivered
        ) as priced_fact
    from {{ ref('int_person_time__delivered_facts') }}
),

area_months as (
    select
        members.neighbourhood_id,
        members.area_basis,
        small_area_months.age_band,
        small_area_months.sex,
        {%- for column in sums %}
            cast(sum(small_area_months.{{ column }}) as bigint) as {{ column }},
        {%- endfor %}
        cast(sum(small_area_months.cost_gbp) as double) as cost_gbp,
        small_area_months.month_start_date
    from small_area_months
    inner join members
        on small_area_months.small_area_code = members.small_area_code
    group by
        members.neighbourhood_id,
        members.area_basis,
        small_area_months.age_band,
        small_area_months.sex,
        small_area_months.month_start_date
)

select
    area_months.neighbourhood_id,
    area_months.area_basis,
    area_months.age_band,
    area_months.sex,
    months.day_count as observed_days,
    {%- for column, fact in sums.items() %}
        {%- if fact %}
            case when delivered.{{ fact }} then area_months.{{ column }} end
                as {{ column }},
        {%- else %}
            area_months.{{ column }},
        {%- endif %}
    {%- endfor %}
    case when delivered.priced_fact then area_months.cost_gbp end as cost_gbp,
    months.is_complete as is_complete_month,
    area_months.month_start_date
from area_months
inner join months on area_months.month_start_date = months.month_start_date
cross join delivered
