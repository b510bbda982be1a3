with files as (
    select
        feed_table,
        file_id,
        row_count,
        lag(row_count) over submissions as row_count_before,
        row_number() over (
            partition by feed_table, provider_code
            order by period_start_date desc, submission_number desc
        ) as recency
    from {{ ref('stg_feeds__files') }}
    where feed = 'opt_outs' and is_accepted
    window submissions as (
        partition by feed_table, provider_code
        order by period_start_date, submission_number
    )
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
)

select
    needed.opt_out,
    files.file_id,
    files.row_count,
    files.row_count_before
from needed
left join files on needed.opt_out = files.feed_table and files.recency = 1
where
    files.file_id is null
    or files.row_count < {{ var('silent_share') }} * files.row_count_before
