{% macro required_columns() -%}
    {#- The rows of stg_feeds__columns as a `values` list: one per column in the sources'
        YAML. An empty text means null. -#}
    {%- set rows = [] -%}
    {%- for node in (graph.sources.values() if execute else []) | sort(attribute='unique_id') -%}
        {%- for column in node.columns.values() -%}
            {%- set texts = [
                node.source_name,
                node.name,
                column.name | replace("'", "''"),
                column.data_type,
                node.config.meta.get('reporting_period') or '',
                node.config.meta.delivery,
                node.config.meta.get(
                    'promises', 'nothing' if node.config.meta.delivery == 'published' else ''
                ),
                node.config.meta.get('file') or '',
            ] -%}
            {%- do rows.append("('" ~ texts | join("', '") ~ "', " ~ loop.index ~ ")") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- rows | join(',\n    ') -}}
{%- endmacro %}
