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
{%- for path in paths %}
select
    '{{ path[folder_length:] | replace("\\", "\\\\") | replace("'", "\\'") }}' as file_id,
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
from parquet.{{ spark__path_alone(path) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}
