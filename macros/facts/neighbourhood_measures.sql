{% macro neighbourhood_measures() -%}
    {#- What fct_neighbourhood_month counts: measure of int_person_time__countable_events
        -> column. -#}
    {{- return({
        'unplanned_attendance': 'unplanned_attendance_count',
        'emergency_admission': 'emergency_admission_count',
        'acsc_admission': 'acsc_admission_count',
        'fall_admission': 'fall_admission_count',
        'zero_day_emergency_admission': 'zero_day_emergency_admission_count',
        'emergency_readmission': 'emergency_readmission_count',
        'elective_admission': 'elective_admission_count',
        'discharge_delay_days': 'discharge_delay_days',
        'community_contact': 'community_contact_count',
        'district_nursing_contact': 'district_nursing_contact_count',
        'community_bed_stay': 'community_bed_stay_count',
        'mental_health_contact': 'mental_health_contact_count',
        'mental_health_spell': 'mental_health_spell_count',
        'social_care_request': 'social_care_request_count',
        'social_care_service': 'social_care_service_count',
        'new_long_term_admission': 'new_long_term_admission_count',
        'reablement_episode': 'reablement_episode_count',
        'reablement_success': 'reablement_success_count',
        'care_home_stay': 'care_home_stay_count',
        'delayed_transfer': 'delayed_transfer_count',
        'death': 'death_count',
        'cost_gbp': 'cost_gbp',
    }) -}}
{%- endmacro %}
