{% macro staged_feed_tables() -%}
    {#- Every feed table with a base_ and a stg_ model: its feed, its record key
        (meta.record_key if one delivered record makes several rows, else the grain) and
        whether it does so. A house test compares this list with the models. -#}
    {%- set names = [
        'acute_sus__spells', 'acute_sus__episodes', 'acute_sus__diagnoses',
        'acute_sus__emergency_attendances',
        'community_csds__patients', 'community_csds__referrals',
        'community_csds__service_types',
        'community_csds__contacts',
        'community_beds__bed_stays', 'community_beds__bed_stock',
        'mental_health_mhsds__patients', 'mental_health_mhsds__referrals',
        'mental_health_mhsds__contacts', 'mental_health_mhsds__spells',
        'mental_health_mhsds__delayed_discharges',
        'mental_health_mhsds__ready_for_discharge_periods',
        'social_care_cld__events',
        'care_homes__homes', 'care_homes__vacancies',
        'service_supply__ward_services',
        'primary_care__persons', 'primary_care__addresses',
        'primary_care__registrations', 'primary_care__mergers',
        'primary_care__long_term_conditions',
        'delays__patient_delays', 'delays__dtoc_returns',
        'deaths__deaths',
        'transfer_of_care__need_assessments',
        'opt_outs__national_data_opt_outs', 'opt_outs__type_1_opt_outs',
        'better_care_fund__schemes', 'better_care_fund__scheme_persons',
        'better_care_fund__metric_plans',
        'reference__lsoa_wards', 'reference__lsoa_changes',
        'reference__lsoa_populations', 'reference__lsoa_deprivation_2019',
        'reference__lsoa_deprivation_2025', 'reference__population_projections',
        'published_delays__england_dtoc_days',
        'published_delays__discharge_delay_reasons',
        'comparators__comparator_months'
    ] -%}
    {%- set tables = [] -%}
    {%- for name in names -%}
        {%- set node = graph.nodes.get('model.' ~ project_name ~ '.stg_' ~ name)
            if execute else none -%}
        {%- set meta = node.config.meta if node else {'grain': ['file_id']} -%}
        {%- do tables.append({
            'name': name,
            'feed': name.split('__')[0],
            'key': meta.get('record_key', meta.grain) | join(', '),
            'is_spread': 'record_key' in meta,
        }) -%}
    {%- endfor -%}
    {{- return(tables) -}}
{%- endmacro %}
