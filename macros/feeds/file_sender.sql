{% macro file_sender() -%}
    {#- The organisation that sent a row, which the name of its file begins with. -#}
    split_part(split_part(file_id, '/', 2), '__', 1)
{%- endmacro %}
