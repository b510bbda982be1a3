{% macro neighbourhood_measures() -%}
    {#- The measures that fct_neighbourhood_month counts, each in the column
        <measure>_count. -#}
    {{- return([
        'unplanned_attendance', 'emergency_admission', 'acsc_admission',
        'fall_admission', 'zero_day_emergency_admission', 'emergency_readmission',
        'elective_admission', 'community_contact', 'district_nursing_contact',
        'community_bed_stay', 'mental_health_contact', 'mental_health_spell',
        'social_care_request', 'social_care_service', 'new_long_term_admission',
        'reablement_episode', 'reablement_success', 'care_home_stay',
        'delayed_transfer', 'death'
    ]) -}}
{%- endmacro %}
