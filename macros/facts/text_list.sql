{% macro text_list(texts) -%}
    '{{ texts | join("', '") }}'
{%- endmacro %}
