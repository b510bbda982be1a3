{% macro raw_text(column) -%}
    {#- A delivered column as text, trimmed; empty is null. -#}
    nullif(trim(raw.{{ adapter.quote(column) }}), '')
{%- endmacro %}
