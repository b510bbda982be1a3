{% macro read_feed(source_relation, files_relation) %}
{#-
    The rows of a feed table's files that are current and not yet in this model:
      file_id      the file's path below its feeds folder
      line_number  the row's place in the file; a header is line 1 of a CSV file
      raw          struct of the delivered columns as text, all null for a malformed
                   line, and line_defect: why the line is malformed, else null
      raw_text     the line as delivered (CSV only); cut when it is too long
      is_malformed true when there is a line_defect
    A line is a record: no field may hold a line break. A CSV line's defect is
      malformed_line   more or fewer fields than the header, or quotes that do not pair
      not_utf8         bytes that are no text; in raw_text they are written out (`\xE9`)
      repeated_header  the header once more, as when files were put together
      line_too_long    more bytes than var longest_line_bytes
    Files with the same columns are read together; Parquet files only if the types are
    the same as well, since the first file's types would be forced on the others.
-#}
{%- set feed = source_relation.schema -%}
{%- set feed_table = source_relation.identifier -%}
{%- set columns = feed_columns(feed, feed_table) -%}
{%- set parts = [] -%}
{%- if execute and load_relation(files_relation) is not none -%}
    {%- set files_query -%}
        select
            file_format,
            column_names,
            column_types,
            is_utf8,
            length(file_path) - length(file_id) as folder_length,
            file_path
        from {{ files_relation }}
        where feed = '{{ feed }}' and feed_table = '{{ feed_table }}' and is_current
        {% if is_incremental() -%}
            and file_id not in (select distinct file_id from {{ this }})
        {%- endif %}
        order by file_format, column_names, column_types, is_utf8, file_id
    {%- endset -%}
    {%- set layouts = {} -%}
    {%- for row in run_query(files_query).rows -%}
        {%- set layout = (row[0], row[1], row[2], row[3], row[4]) -%}
        {%- do layouts.setdefault(layout, []).append(row[5]) -%}
    {%- endfor -%}
    {%- for (file_format, header, _, is_utf8, folder_length), paths in layouts.items() -%}
        {%- if file_format == 'csv' -%}
            {%- do parts.append(read_csv_files(
                folder_length, paths, fromjson(header), columns, is_utf8
            )) -%}
        {%- else -%}
            {%- do parts.append(read_parquet_files(folder_length, paths, columns)) -%}
        {%- endif -%}
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
