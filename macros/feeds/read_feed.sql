{% macro read_feed(source_relation, files_relation) %}
{#-
    The rows of a feed table's files that are current and not yet in this model:
      file_id      the file's path below its feeds folder
      line_number  where the record begins in its file; a header is line 1 of a text file
      raw          struct of the layout's columns as text, all null for a line that is no
                   record, and line_defect: why it is none, else null
      raw_text     a line that is no record, as delivered; cut when it is too long
      is_malformed true when there is a line_defect
    Files were landed (intelligence/feeds/landing.py), Parquet files that suit the layout
    stay where they lie. A line's defect is
      malformed_line   more or fewer fields than the header, or quotes that do not pair
      not_utf8         bytes that are no text; in raw_text they are written out (`\xE9`)
      repeated_header  the header once more, as when files were put together
      empty_line       nothing but delimiters
      line_too_long    more bytes than var longest_line_bytes
    Parquet files with the same columns and types are read together, since the first
    file's types would be forced on the others.
-#}
{%- set feed = source_relation.schema -%}
{%- set feed_table = source_relation.identifier -%}
{%- set columns = feed_columns(feed, feed_table) -%}
{%- set parts = [] -%}
{%- if execute and load_relation(files_relation) is not none -%}
    {%- set wanted -%}
        feed = '{{ feed }}' and feed_table = '{{ feed_table }}' and is_current
        and row_count > 0
        {%- if is_incremental() %}
        and (is_read_again or file_id not in (select distinct file_id from {{ this }}))
        {%- endif %}
    {%- endset -%}
    {%- set landed_query -%}
        select distinct landed_as from {{ files_relation }}
        where {{ wanted }} and landed_as is not null
        order by landed_as
    {%- endset -%}
    {%- set landed = run_query(landed_query).columns[0].values() -%}
    {%- if landed -%}
        {%- do parts.append(read_landed_files(landed, columns, files_relation, wanted)) -%}
    {%- endif -%}
    {%- set lying_query -%}
        select
            column_names,
            column_types,
            length(file_path) - length(file_id) as folder_length,
            file_path
        from {{ files_relation }}
        where {{ wanted }} and landed_as is null and not is_changed_since_read
        order by column_names, column_types, file_id
    {%- endset -%}
    {%- set layouts = {} -%}
    {%- for row in run_query(lying_query).rows -%}
        {%- do layouts.setdefault((row[0], row[1], row[2]), []).append(row[3]) -%}
    {%- endfor -%}
    {%- for (names, types, folder_length), paths in layouts.items() -%}
        {%- do parts.append(read_parquet_files(
            folder_length, paths, columns, fromjson(names), fromjson(types)
        )) -%}
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
