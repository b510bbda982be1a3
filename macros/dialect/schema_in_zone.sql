{% macro schema_in_zone(zone, schema) -%}
    {#- The name of a schema of a zone: a zone is a database, or the first part of the
        name where an engine has schemas only. -#}
    {{- adapter.dispatch('schema_in_zone')(zone, schema) -}}
{%- endmacro %}

{% macro duckdb__schema_in_zone(zone, schema) -%}
    {{- schema -}}
{%- endmacro %}

{% macro spark__schema_in_zone(zone, schema) -%}
    {{- zone ~ '_' ~ schema -}}
{%- endmacro %}
