{% macro raw_date(column) -%}
    {#- A delivered ISO date or timestamp as a date; null if it cannot be read. -#}
    {{ iso_date("trim(raw." ~ adapter.quote(column) ~ ")") }}
{%- endmacro %}
