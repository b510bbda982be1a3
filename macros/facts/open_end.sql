{% macro open_end() -%}
    {#- A date after every delivered one, for the end of something that has not ended. -#}
    cast('9999-12-31' as date)
{%- endmacro %}
