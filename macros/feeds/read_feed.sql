{% macro read_feed(source_relation, files_relation) %}
{#-
    The rows of a feed table's files that are current and not yet in this model:
      file_id      the file's path below its feeds folder
      line_number  the row's place in the file; a header is line 1 of a CSV file
      raw          struct of the delivered columns as text; null for a malformed line
      raw_text     the line as delivered (CSV only)
      is_malformed true when the line has more or fewer fields than the header
    A line is a record: no field may hold a line break.
-#}
{%- set feed = source_relation.schema -%}
{%- set feed_table = source_relation.identifier -%}
{%- set columns = feed_columns(feed, feed_table) -%}
{%- set parts = [] -%}
{%- if execute and load_relation(files_relation) is not none -%}
    {%- set files_query -%}
        select file_format, column_names, file_path
        from {{ files_relation }}
        where feed = '{{ feed }}' and feed_table = '{{ feed_table }}' and is_current
        {% if is_incremental() -%}
            and file_id not in (select distinct file_id from {{ this }})
        {%- endif %}
        order by file_format, column_names, file_id
    {%- endset -%}
    {%- set layouts = {} -%}
    {%- for row in run_query(files_query).rows -%}
        {%- do layouts.setdefault((row[0], row[1]), []).append(row[2]) -%}
    {%- endfor -%}
    {%- for (file_format, header), paths in layouts.items() -%}
        {%- set read_files = read_csv_files if file_format == 'csv' else read_parquet_files -%}
        {%- do parts.append(read_files(feeds_root(feed), paths, fromjson(header), columns)) -%}
    {%- endfor -%}
{%- endif -%}
{%- if parts -%}
    {{ parts | join('\nunion all\n') }}
{%- else -%}
    {{ no_feed_rows(columns) }}
{%- endif -%}
{% endmacro %}


{% macro feed_columns(feed, feed_table) -%}
    {#- The columns a feed table must deliver, in the order its source lists them. -#}
    {%- if execute -%}
        {%- set node = graph.sources.values()
            | selectattr('source_name', 'equalto', feed)
            | selectattr('name', 'equalto', feed_table) | first -%}
        {{- return(node.columns.values() | map(attribute='name') | list) -}}
    {%- endif -%}
    {{- return([]) -}}
{%- endmacro %}
