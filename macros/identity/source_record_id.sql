{% macro source_record_id(feed) -%}
    {#- Key of the demographics under which an organisation of `feed` knows a person; the
        columns have these names in every staging model that carries them. Records that
        say too little to be of one person, such as those of unidentified patients, each
        have a key that also names the delivered record. -#}
    {%- set text = dbt.type_string() -%}
    md5(
        '{{ feed }}'
        {%- for column in [
            'provider_code', 'local_patient_id', 'nhs_number', 'forename', 'surname',
            'birth_date', 'sex', 'postcode'
        ] %}
        || '|' || coalesce(cast({{ column }} as {{ text }}), '')
        {%- endfor %}
        || case
            when
                nhs_number is null
                and local_patient_id is null
                and (birth_date is null or coalesce(surname, forename) is null)
                then ''
                {%- for column in (model.config.meta.grain if execute else []) %}
                || '|' || coalesce(cast({{ column }} as {{ text }}), '')
                {%- endfor %}
            else ''
        end
    )
{%- endmacro %}
