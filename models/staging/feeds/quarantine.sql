{%- for table in staged_feed_tables() %}
    select
        '{{ table.feed }}' as feed,
        file_id,
        line_number,
        failed_rule,
        raw_row
    from {{ ref('base_' ~ table.name) }}
    where failed_rule is not null
    {{ "union all" if not loop.last }}
{%- endfor %}
