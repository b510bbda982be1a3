{% macro read_parquet_files(folder_length, paths, columns, names, types) -%}
    {#- The rows of Parquet files, where they lie, in the columns of read_feed. -#}
    {{- adapter.dispatch('read_parquet_files')(
        folder_length, paths, columns, names, types
    ) -}}
{%- endmacro %}


{% macro duckdb__read_parquet_files(folder_length, paths, columns, names, types) -%}
select
    substr(filename, {{ folder_length + 1 }}) as file_id,
    file_row_number + 1 as line_number,
    struct_pack(
        {%- for column in columns %}
        {%- set name = names[loop.index0] %}
        "{{ column }}" :=
        {%- if name is none %} cast(null as varchar),
        {%- elif types[loop.index0] in ('float', 'double', 'halffloat') %}
            nullif(cast("{{ name | replace('"', '""') }}" as varchar), 'nan'),
        {%- else %} cast("{{ name | replace('"', '""') }}" as varchar),
        {%- endif %}
        {%- endfor %}
        line_defect := cast(null as varchar)
    ) as raw,
    cast(null as varchar) as raw_text,
    false as is_malformed
from read_parquet(
    {{ duckdb__list_of_paths(paths) }}, filename = true, file_row_number = true
)
{%- endmacro %}


{% macro spark__read_parquet_files(folder_length, paths, columns, names, types) -%}
{#- All files as one table, and not one table each: Spark plans and lists each anew. What
    follows the folder of the feeds is cut off the file's address, in which letters are
    written out. -#}
{%- set file_ids = [] -%}
{%- for path in paths -%}
    {%- do file_ids.append(path[folder_length:]) -%}
{%- endfor -%}
select
    substring_index(
        url_decode(replace(_metadata.file_path, '+', '%2B')), '/',
        -{{ file_ids[0].split('/') | length }}
    ) as file_id,
    _metadata.row_index + 1 as line_number,
    struct(
        {%- for column in columns %}
        {%- set name = names[loop.index0] %}
        {%- if name is none %}
        cast(null as string)
        {%- elif types[loop.index0] in ('float', 'double', 'halffloat') %}
        nullif(cast(`{{ name | replace('`', '``') }}` as string), 'NaN')
        {%- else %}
        cast(`{{ name | replace('`', '``') }}` as string)
        {%- endif %} as {{ adapter.quote(column) }},
        {%- endfor %}
        cast(null as string) as line_defect
    ) as raw,
    cast(null as string) as raw_text,
    false as is_malformed
from parquet.{{ spark__paths_alone(paths[0][:folder_length], file_ids) }}
{%- endmacro %}
