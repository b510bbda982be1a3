{% macro latest_file_first() -%}
    {#- The order of files in which the latest comes first. The sender's code stands
        before the period in a file's name, and is no reason to prefer a row. -#}
    substr(file_id, position('__' in file_id)) desc, file_id desc
{%- endmacro %}
