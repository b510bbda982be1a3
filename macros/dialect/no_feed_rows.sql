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
