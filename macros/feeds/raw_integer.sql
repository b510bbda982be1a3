{% macro raw_integer(column) -%}
    {#- A delivered whole number; null when it cannot be read. -#}
    try_cast(raw.{{ adapter.quote(column) }} as integer)
{%- endmacro %}
