with files as (
    select * from {{ ref('stg_feeds__files') }}
    where feed = 'opt_outs'
),

submissions as (
    select
        *,
        row_number() over (
            partition by feed_table, provider_code, period_start_date
            order by submission_number desc
        ) as submission_recency
    from files
    where is_accepted
),

lists as (
    select
        feed_table,
        file_id,
        row_count,
        max(row_count) over (
            partition by feed_table, provider_code
            order by period_start_date
            rows between 12 preceding and 1 preceding
        ) as most_rows_before,
        row_number() over (
            partition by feed_table, provider_code
            order by period_start_date desc
        ) as recency
    from submissions
    where submission_recency = 1
),

output_purposes as (
    select * from {{ ref('output_purposes') }}
),

needed as (
    select 'national_data_opt_out' as opt_out
    from output_purposes
    where is_national_data_opt_out_applied
    union distinct
    select 'type_1_opt_out' as opt_out
    from output_purposes
    where is_type_1_opt_out_applied
),

unreadable as (
    select
        file_id,
        count(*) as row_count
    from (
        select
            file_id,
            failed_rule
        from {{ ref('base_opt_outs__national_data_opt_outs') }}
        union all
        select
            file_id,
            failed_rule
        from {{ ref('base_opt_outs__type_1_opt_outs') }}
    ) as judged
    -- A header that stands in the list once more names nobody.
    where failed_rule <> 'repeated_header'
    group by file_id
)

select
    needed.opt_out,
    lists.file_id,
    lists.row_count,
    lists.most_rows_before,
    unreadable.row_count as unreadable_row_count
from needed
left join lists on needed.opt_out = lists.feed_table and lists.recency = 1
left join unreadable on lists.file_id = unreadable.file_id
where
    lists.file_id is null
    or lists.row_count < {{ var('silent_share') }} * lists.most_rows_before
    or unreadable.row_count > 0
union all
-- A refused list may name people whom no list before it named.
select
    needed.opt_out,
    refused.file_id,
    null as row_count,
    null as most_rows_before,
    null as unreadable_row_count
from files as refused
inner join needed
    on needed.opt_out = coalesce(refused.feed_table, needed.opt_out)
left join submissions as later
    on
        later.submission_recency = 1
        and refused.feed_table = later.feed_table
        and refused.provider_code = later.provider_code
        and (
            refused.period_start_date < later.period_start_date
            or (
                refused.period_start_date = later.period_start_date
                and refused.submission_number < later.submission_number
            )
        )
where not refused.is_accepted and later.file_id is null
