{{ config(materialized='table') }}

-- The sources' YAML is the contract with the organisations; as a table it can be held
-- against what they sent.
{%- set rows = [] -%}
{%- if execute -%}
    {%- for node in graph.sources.values() | sort(attribute='unique_id') -%}
        {%- for column in node.columns.values() -%}
            {%- do rows.append((
                node.source_name,
                node.name,
                loop.index,
                column.name,
                column.data_type,
                node.config.meta.get('reporting_period'),
                node.config.meta.delivery,
                node.config.meta.get('file'),
            )) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif %}

with delivered as (
    {%- for row in rows or [('', '', 0, '', '', '', '', '')] %}
    select
        '{{ row[0] }}' as feed,
        '{{ row[1] }}' as feed_table,
        '{{ row[3] | replace("'", "''") }}' as column_name,
        '{{ row[4] }}' as data_type,
        nullif('{{ row[5] or "" }}', '') as reporting_period,
        '{{ row[6] }}' as delivery,
        nullif('{{ row[7] or "" }}', '') as published_file_name,
        {{ row[2] }} as ordinal
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from delivered
where feed <> ''
