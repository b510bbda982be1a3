{% macro no_feed_rows(columns) -%}
    {#- What read_feed returns when there is no file to read: its columns, no rows. -#}
    {{- adapter.dispatch('no_feed_rows')(columns) -}}
{%- endmacro %}


{% macro duckdb__no_feed_rows(columns) -%}
select
    cast(null as varchar) as file_id,
    cast(null as bigint) as line_number,
    struct_pack(
        {%- for column in columns %}
        "{{ column }}" := cast(null as varchar),
        {%- endfor %}
        line_defect := cast(null as varchar)
    ) as raw,
    cast(null as varchar) as raw_text,
    cast(null as boolean) as is_malformed
where false
{%- endmacro %}


{% macro spark__no_feed_rows(columns) -%}
select
    cast(null as string) as file_id,
    cast(null as bigint) as line_number,
    struct(
        {%- for column in columns %}
        cast(null as string) as {{ adapter.quote(column) }},
        {%- endfor %}
        cast(null as string) as line_defect
    ) as raw,
    cast(null as string) as raw_text,
    cast(null as boolean) as is_malformed
where false
{%- endmacro %}
