with files as (
    select
        feed_table,
        file_id,
        row_count,
        max(row_count) over (
            partition by feed_table, provider_code
            order by period_start_date, submission_number
            rows between unbounded preceding and 1 preceding
        ) as most_rows_before,
        row_number() over (
            partition by feed_table, provider_code
            order by period_start_date desc, submission_number desc
        ) as recency
    from {{ ref('stg_feeds__files') }}
    where feed = 'opt_outs' and is_accepted
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
    where failed_rule is not null
    group by file_id
)

select
    needed.opt_out,
    files.file_id,
    files.row_count,
    files.most_rows_before,
    unreadable.row_count as unreadable_row_count
from needed
left join files on needed.opt_out = files.feed_table and files.recency = 1
left join unreadable on files.file_id = unreadable.file_id
where
    files.file_id is null
    or files.row_count < {{ var('silent_share') }} * files.most_rows_before
    or unreadable.row_count > 0
