{% macro raw_integer(column) -%}
    {#- A delivered whole number, also written 12.0; null if it cannot be read, is too
        large, or has a fraction, which a plain cast would round. -#}
    {%- set number = 'try_cast(raw.' ~ adapter.quote(column) ~ ' as double)' -%}
    case
        when {{ number }} = floor({{ number }}) and abs({{ number }}) < 2147483648
            then cast({{ number }} as integer)
    end
{%- endmacro %}
