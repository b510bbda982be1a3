{% macro numerators() -%}
    {#- What int_person_time__countable_events counts beside the event types, by the
        family of rows that it is counted from: for each measure the condition for a row
        to count, and after it what a row adds if that is not 1. -#}
    {%- set acsc_groups = {
        'angina': 'Angina',
        'asthma': 'Asthma',
        'atrial_fibrillation': 'Atrial fibrillation and flutter',
        'hepatitis_b': 'Chronic hepatitis B',
        'copd': 'Chronic obstructive pulmonary disease',
        'heart_failure': 'Congestive heart failure',
        'dementia': 'Dementia',
        'diabetes': 'Diabetes complications',
        'epilepsy': 'Epilepsy',
        'hypertension': 'Hypertension',
        'anaemia': 'Iron-deficiency anaemia',
    } -%}
    {%- set acsc_admissions = {} -%}
    {%- for name, group in acsc_groups.items() -%}
        {%- do acsc_admissions.update({
            'acsc_admission_' ~ name:
                "is_acsc_admission and acsc_condition_group = '" ~ group ~ "'",
        }) -%}
    {%- endfor -%}
    {{- return([
        {
            'from': 'care_events', 'date': 'start_date',
            'measures': {
                'cost_gbp': [
                    "cost_gbp is not null and event_type <> 'social_care_service'",
                    'cost_gbp',
                ],
            },
        },
        {
            'from': 'service_costs', 'date': 'month_start_date',
            'measures': {'cost_gbp': ['true', 'cost_gbp']},
        },
        {
            'from': 'emergency_attendances', 'date': 'arrival_date',
            'measures': {
                'unplanned_attendance': 'is_unplanned',
                'ambulance_attendance': 'is_unplanned and is_ambulance_conveyed',
                'attendance_not_admitted': 'is_unplanned and not is_admitted',
            },
        },
        {
            'from': 'hospital_spells', 'date': 'admission_date',
            'measures': {
                'emergency_admission': 'is_emergency_admission',
                'zero_day_emergency_admission':
                    'is_emergency_admission and length_of_stay_days = 0',
                'ended_emergency_admission':
                    'is_emergency_admission and length_of_stay_days is not null',
                'emergency_bed_days': [
                    'is_emergency_admission and length_of_stay_days > 0',
                    'length_of_stay_days',
                ],
                'emergency_readmission': 'is_emergency_readmission',
                'elective_admission': "admission_method_code in ('11', '12', '13')",
                'fall_admission': 'is_emergency_admission and has_fall',
                'acsc_admission': 'is_acsc_admission',
            },
        },
        {
            'from': 'hospital_spells', 'date': 'admission_date',
            'measures': acsc_admissions,
        },
        {
            'from': 'hospital_spells', 'date': 'discharge_date',
            'measures': {
                'discharge_delay_days': [
                    'discharge_delay_days > 0', 'discharge_delay_days'
                ],
            },
        },
        {
            'from': 'index_discharges', 'date': 'stay_discharge_date',
            'measures': {
                'index_discharge': 'true',
                'readmitted_discharge': 'is_readmitted',
            },
        },
        {
            'from': 'community_contacts', 'date': 'contact_date',
            'measures': {
                'district_nursing_contact': "is_seen and team_type_code = '12'",
            },
        },
        {
            'from': 'community_bed_stays', 'date': 'admission_date',
            'measures': {
                'community_bed_days': [
                    'length_of_stay_days > 0', 'length_of_stay_days'
                ],
            },
        },
        {
            'from': 'mental_health_spells', 'date': 'admission_date',
            'measures': {'mental_health_crisis_admission': 'is_emergency_admission'},
        },
        {
            'from': 'social_care_services', 'date': 'start_date',
            'measures': {
                'home_care_start':
                    "service_component = 'Home support or domiciliary care'",
            },
        },
        {
            'from': 'long_term_admissions', 'date': 'admission_date',
            'measures': {
                'new_long_term_admission': 'true',
                'new_residential_admission':
                    "service_type = 'Long term support: Residential care'",
                'new_nursing_admission':
                    "service_type = 'Long term support: Nursing care'",
            },
        },
        {
            'from': 'reablement_episodes', 'date': 'start_date',
            'measures': {
                'reablement_episode': 'is_successful is not null',
                'reablement_success': 'is_successful',
            },
        },
        {
            'from': 'deaths', 'date': 'death_date',
            'measures': {
                'death': 'true',
                'registered_death': 'place_of_death is not null',
                'death_at_usual_place': "place_of_death in ('home', 'care home')",
            },
        },
        {
            'from': 'last_days_of_life', 'date': 'death_month',
            'measures': {
                'last_90_days_at_home': ['true', 'home_days'],
                'end_of_life_emergency_admission': [
                    'emergency_admission_count > 0', 'emergency_admission_count'
                ],
            },
        },
    ]) -}}
{%- endmacro %}
