{% macro sex(column) -%}
    {#- Sex as male, female or unknown, from the national codes or words. -#}
    case
        when {{ column }} in ('1', 'Male') then 'male'
        when {{ column }} in ('2', 'Female') then 'female'
        else 'unknown'
    end
{%- endmacro %}
