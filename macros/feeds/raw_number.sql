{% macro raw_number(column) -%}
    {#- A delivered decimal number; null if it cannot be read. A cast would accept NaN and
        infinity, and a single one makes every sum useless. -#}
    {%- set number = 'try_cast(raw.' ~ adapter.quote(column) ~ ' as double)' -%}
    case when abs({{ number }}) < 1e15 then {{ number }} end
{%- endmacro %}
