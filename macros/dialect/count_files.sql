{% macro count_files(folder) -%}
    {#- How many files are in the folders below a folder. -#}
    {{- return(adapter.dispatch('count_files')(folder)) -}}
{%- endmacro %}


{% macro duckdb__count_files(folder) -%}
    {%- set pattern = duckdb__path_alone(folder) ~ '/*/**' -%}
    {{- return(run_query(
        "select count(*) from glob('" ~ pattern | replace("'", "''") ~ "')"
    ).columns[0].values()[0]) -}}
{%- endmacro %}


{% macro spark__count_files(folder) -%}
    {{- return(run_query(
        'select count(*) from binaryFile.' ~ spark__path_alone(folder)[:-1] ~ '/*/*`'
    ).columns[0].values()[0]) -}}
{%- endmacro %}
