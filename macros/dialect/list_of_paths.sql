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


{% macro spark__path_alone(path) -%}
    {#- A path as the name of a table. -#}
    `{{ spark__without_patterns(path) | replace('`', '``') }}`
{%- endmacro %}


{% macro spark__paths_alone(folder, names) -%}
    {#- Files below a folder, which ends in a slash, as the name of one table. -#}
    {%- set plain = [] -%}
    {%- for name in names -%}
        {%- do plain.append(spark__without_patterns(name)) -%}
    {%- endfor -%}
    `{{ (
        spark__without_patterns(folder) ~ '{' ~ plain | join(',') ~ '}'
    ) | replace('`', '``') }}`
{%- endmacro %}


{% macro spark__without_patterns(path) -%}
    {#- A path in which letters of patterns are written out. -#}
    {%- set plain = namespace(path=path | replace('\\', '\\\\')) -%}
    {%- for letter in '*?[]{},' -%}
        {%- set plain.path = plain.path | replace(letter, '\\' ~ letter) -%}
    {%- endfor -%}
    {{- plain.path -}}
{%- endmacro %}
