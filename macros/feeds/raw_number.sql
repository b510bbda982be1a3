{% macro raw_number(column) -%}
    {#- A delivered decimal number; null when it cannot be read. NaN and infinity are
        words to a cast, and one of them would make every sum worthless. -#}
    {%- set number = 'try_cast(raw.' ~ adapter.quote(column) ~ ' as double)' -%}
    case when abs({{ number }}) < 1e15 then {{ number }} end
{%- endmacro %}
