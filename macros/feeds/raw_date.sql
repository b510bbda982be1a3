{% macro raw_date(column) -%}
    {#- A delivered ISO date or timestamp as a date; null when it cannot be read. -#}
    try_cast(substr(trim(raw.{{ adapter.quote(column) }}), 1, 10) as date)
{%- endmacro %}
