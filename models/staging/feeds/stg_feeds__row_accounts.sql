{%- set tables = staged_feed_tables() -%}

with files as (
    select * from {{ ref('stg_feeds__files') }}
    where is_accepted or (is_withdrawn and refusal_reason is null)
),

{% for table in tables %}
    {{ table.name }} as (
        select
            '{{ table.feed }}' as feed,
            file_id,
            count(*) as read_count,
            count(failed_rule) as quarantined_count,
            count(distinct case when failed_rule is null then ({{ table.key }}) end)
                as distinct_count
        from {{ ref('base_' ~ table.name) }}
        group by file_id
    ),

    {{ table.name }}_current as (
        select
            '{{ table.feed }}' as feed,
            file_id,
            count({{ 'distinct line_number' if table.is_spread else '*' }})
                as current_count
        from {{ ref('stg_' ~ table.name) }}
        group by file_id
    ),
{% endfor %}

read_files as (
    {%- for table in tables %}
        select * from {{ table.name }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

current_records as (
    {%- for table in tables %}
        select * from {{ table.name }}_current
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    files.feed,
    files.feed_table,
    files.file_id,
    files.row_count as delivered_count,
    coalesce(current_records.current_count, 0) as current_count,
    -- All lines of a file that a later submission replaced are superseded, unread.
    case
        when files.is_withdrawn then 0
        when not files.is_current then files.row_count
        else
            coalesce(read_files.distinct_count, 0)
            - coalesce(current_records.current_count, 0)
    end as superseded_count,
    case when files.is_withdrawn then files.row_count else 0 end as withdrawn_count,
    coalesce(
        read_files.read_count
        - read_files.quarantined_count
        - read_files.distinct_count,
        0
    ) as duplicate_count,
    coalesce(read_files.quarantined_count, 0) as quarantined_count,
    files.is_current
from files
left join read_files
    on files.feed = read_files.feed and files.file_id = read_files.file_id
left join current_records
    on files.feed = current_records.feed and files.file_id = current_records.file_id
