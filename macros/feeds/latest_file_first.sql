{% macro latest_file_first() -%}
    {#- Sort order of files, latest first: by period and submission number. The sender's
        code, which comes before them in the file's name, only breaks ties. -#}
    substr(file_id, position('__' in file_id)) desc, file_id desc
{%- endmacro %}
