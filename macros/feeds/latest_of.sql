{% macro latest_of(records) -%}
    {#- Of the rows of each grain the latest: that with the smallest of numbers that grow
        from the latest delivered row to the first. Nothing needs to be sorted for it. -#}
    {%- if execute and 'record_key' in model.config.meta -%}
        {{- exceptions.raise_compiler_error(
            'The lines of ' ~ model.name ~ ' are spread over several rows: rank these by '
            ~ 'latest_first().'
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
            -- A million million: no file has as many lines.
            files.file_recency * 1000000000000 - {{ records }}.line_number as recency
        from {{ records }}
        inner join files on {{ records }}.file_id = files.file_id
    )

    select *
    from numbered
    where recency in (select min(recency) from numbered group by {{ grain() }})
{%- endmacro %}
