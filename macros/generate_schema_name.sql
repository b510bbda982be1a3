{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- A schema is named for its folder alone, so that analysts write person.dim_person;
        on an engine without databases, for its zone too. -#}
    {{- schema_in_zone(
        node.config.database or 'hub', custom_schema_name or target.schema
    ) -}}
{%- endmacro %}
