{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- A schema is named for its folder alone, so that analysts write person.dim_person. -#}
    {{- custom_schema_name or target.schema -}}
{%- endmacro %}
