{% macro latest_first() -%}
    {#- The order of delivered rows in which the latest comes first. -#}
    {{ latest_file_first() }}, line_number desc
{%- endmacro %}
