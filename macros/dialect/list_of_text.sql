{% macro duckdb__list_of_text(values) -%}
[
    {%- for value in values -%}
        '{{ value | replace("'", "''") }}'{{ ", " if not loop.last }}
    {%- endfor -%}
]
{%- endmacro %}
