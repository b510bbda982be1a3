{% macro latest_first() -%}
    {#- Sort order of delivered rows, latest first. -#}
    {{ latest_file_first() }}, line_number desc
{%- endmacro %}
