{% macro row_hash(columns) -%}
    {#- A 64-bit hash of columns: equal for equal rows, and nearly never for others. -#}
    {{- adapter.dispatch('row_hash')(columns) -}}
{%- endmacro %}


{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}


{% macro spark__row_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}
