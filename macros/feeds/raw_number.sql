{% macro raw_number(column) -%}
    {#- A delivered decimal number; null when it cannot be read. -#}
    try_cast(raw.{{ adapter.quote(column) }} as double)
{%- endmacro %}
