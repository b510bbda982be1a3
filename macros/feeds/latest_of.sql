{% macro latest_of(records, key=none) -%}
    {#- The latest row of each key (the grain by default), without the columns that only staging needs. Rows
        are numbered so that the latest delivered has the smallest number of its key:
        nothing has to be sorted. -#}
    {%- if execute and not key and 'record_key' in model.config.meta -%}
        {{- exceptions.raise_compiler_error(
            'One line of ' ~ model.name ~ ' makes several rows: rank them by '
            ~ 'latest_first() instead.'
        ) -}}
    {%- endif -%}
    with files as (
        select
            file_id,
            row_number() over (order by {{ latest_file_first() }}) as file_recency
        from (select distinct file_id from {{ records }}) as delivered
    ),

    numbered as (
        select
            {{ records }}.*,
            -- 10^12 is more lines than any file has.
            files.file_recency * 1000000000000 - {{ records }}.line_number as recency
        from {{ records }}
        inner join files on {{ records }}.file_id = files.file_id
    )

    select {{ star_except(['failed_rule', 'raw_row', 'recency']) }}
    from numbered
    where recency in (select min(recency) from numbered group by {{ key or grain() }})
{%- endmacro %}
