{% macro to_json(struct) -%}
    {#- A struct as JSON text. -#}
    {{- adapter.dispatch('to_json')(struct) -}}
{%- endmacro %}

{% macro duckdb__to_json(struct) -%}
    cast(to_json({{ struct }}) as varchar)
{%- endmacro %}

{% macro spark__to_json(struct) -%}
    to_json({{ struct }}, map('ignoreNullFields', 'false'))
{%- endmacro %}
