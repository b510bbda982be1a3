{% macro read_parquet_files(folder_length, paths, columns) -%}
    {#- The rows of Parquet files in the columns of read_feed. -#}
    {{- adapter.dispatch('read_parquet_files')(folder_length, paths, columns) -}}
{%- endmacro %}


{% macro duckdb__read_parquet_files(folder_length, paths, columns) -%}
select
    substr(filename, {{ folder_length + 1 }}) as file_id,
    file_row_number + 1 as line_number,
    struct_pack(
        {%- for column in columns %}
        "{{ column }}" := cast("{{ column }}" as varchar),
        {%- endfor %}
        line_defect := cast(null as varchar)
    ) as raw,
    cast(null as varchar) as raw_text,
    false as is_malformed
from read_parquet(
    {{ duckdb__list_of_text(paths) }}, filename = true, file_row_number = true
)
{%- endmacro %}
