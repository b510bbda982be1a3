{% macro latest_row_versions(records) -%}
    {#- PDS corrects a row by sending it again under the same RowID, even if its key (such
        as its first day) has changed. Of the versions that one sender sent of one
        person's row, the latest remains. Rows without a RowID all remain. -#}
    select {{ star_except(['row_recency']) }}
    from (
        select
            *,
            row_number() over (
                partition by {{ file_sender() }}, nhs_number, row_id
                order by {{ latest_first() }}
            ) as row_recency
        from {{ records }}
    ) as numbered
    where row_recency = 1 or row_id is null
{%- endmacro %}
