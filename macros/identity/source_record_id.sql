{% macro source_record_id(feed) -%}
    {#- Key of the demographics under which an organisation of `feed` knows somebody; the
        columns have these names in every staging model that carries them. -#}
    md5(
        '{{ feed }}'
        {%- for column in [
            'provider_code', 'local_patient_id', 'nhs_number', 'forename', 'surname',
            'birth_date', 'sex', 'postcode'
        ] %}
        || '|' || coalesce(cast({{ column }} as {{ dbt.type_string() }}), '')
        {%- endfor %}
    )
{%- endmacro %}
