{% macro file_sender() -%}
    {#- The organisation that sent a row: the first part of its file's name. -#}
    split_part(split_part(file_id, '/', 2), '__', 1)
{%- endmacro %}
