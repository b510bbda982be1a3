{% macro duckdb__list_of_paths(paths) -%}
[
    {%- for path in paths -%}
        '{{ duckdb__path_alone(path) | replace("'", "''") }}'{{ ", " if not loop.last }}
    {%- endfor -%}
]
{%- endmacro %}


{% macro duckdb__path_alone(path) -%}
    {#- The pattern that finds this path alone: letters of patterns are put in brackets. -#}
    {{- path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') -}}
{%- endmacro %}
