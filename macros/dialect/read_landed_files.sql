{% macro read_landed_files(names, columns, files_relation, wanted) -%}
    {#- The rows of landed files in the columns of read_feed. -#}
    {{- adapter.dispatch('read_landed_files')(names, columns, files_relation, wanted) -}}
{%- endmacro %}


{% macro duckdb__read_landed_files(names, columns, files_relation, wanted) -%}
{%- set paths = [] -%}
{%- for name in names -%}
    {%- do paths.append(landing_root() ~ '/' ~ name) -%}
{%- endfor -%}
select
    files.file_id,
    landed.line_number,
    struct_pack(
        {%- for column in columns %}
        "{{ column }}" := landed."{{ column }}",
        {%- endfor %}
        line_defect := landed.line_defect
    ) as raw,
    landed.raw_text,
    landed.line_defect is not null as is_malformed
from read_parquet(
    {{ duckdb__list_of_paths(paths) }}, encryption_config = {footer_key: 'landing'}
) as landed
inner join (
    select
        landed_id,
        file_id
    from {{ files_relation }}
    where {{ wanted }}
) as files
    on landed.landed_id = files.landed_id
{%- endmacro %}


{% macro spark__read_landed_files(names, columns, files_relation, wanted) -%}
select
    files.file_id,
    landed.line_number,
    struct(
        {%- for column in columns %}
        landed.{{ adapter.quote(column) }},
        {%- endfor %}
        landed.line_defect
    ) as raw,
    landed.raw_text,
    landed.line_defect is not null as is_malformed
from (
    {%- for name in names %}
    select * from parquet.{{ spark__path_alone(landing_root() ~ '/' ~ name) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
) as landed
inner join (
    select
        landed_id,
        file_id
    from {{ files_relation }}
    where {{ wanted }}
) as files
    on landed.landed_id = files.landed_id
{%- endmacro %}
