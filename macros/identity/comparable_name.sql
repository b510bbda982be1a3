{% macro comparable_name(column) -%}
    {#- A name as it is compared: capitals, letters only, empty as null. -#}
    nullif({{ replace_all('upper(' ~ column ~ ')', '[^A-Z]', '') }}, '')
{%- endmacro %}
