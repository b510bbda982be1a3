with files as (
    select * from {{ ref('stg_feeds__files') }}
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

lists as (
    select
        feed_table as opt_out,
        provider_code,
        file_id,
        submission_number,
        period_start_date,
        row_number() over (
            partition by feed_table, provider_code
            order by period_start_date desc
        ) as recency
    from files
    where feed = 'opt_outs' and is_current
),

lines as (
    select
        file_id,
        nhs_number,
        failed_rule
    from {{ ref('base_opt_outs__national_data_opt_outs') }}
    union all
    select
        file_id,
        nhs_number,
        failed_rule
    from {{ ref('base_opt_outs__type_1_opt_outs') }}
),

listed as (
    select distinct
        lists.opt_out,
        lists.provider_code,
        lists.recency,
        lines.nhs_number
    from lines
    inner join lists on lines.file_id = lists.file_id
    where lines.failed_rule is null
),

-- Of each list of the last year: whom the list after it left out, and who has not come
-- back on the latest.
leavers as (
    select
        earlier.opt_out,
        earlier.provider_code,
        earlier.recency,
        count(*) as listed_before,
        count(*) - count(coalesce(later.nhs_number, latest.nhs_number)) as left_out
    from listed as earlier
    left join listed as later
        on
            earlier.opt_out = later.opt_out
            and earlier.provider_code = later.provider_code
            and earlier.recency = later.recency + 1
            and earlier.nhs_number = later.nhs_number
    left join listed as latest
        on
            earlier.opt_out = latest.opt_out
            and earlier.provider_code = latest.provider_code
            and earlier.nhs_number = latest.nhs_number
            and latest.recency = 1
    where earlier.recency between 2 and 13
    group by earlier.opt_out, earlier.provider_code, earlier.recency
),

-- A header repeated inside the list names no one.
unreadable as (
    select
        file_id,
        count(*) as line_count
    from lines
    where failed_rule <> 'repeated_header'
    group by file_id
),

latest_of_other_feeds as (
    select greatest(max(period_start_date), {{ as_of_date() }}) as latest_date
    from files
    where feed <> 'opt_outs' and is_accepted
),

found as (
    select
        needed.opt_out,
        lists.file_id,
        'no list has arrived' as problem,
        cast(null as bigint) as number_count
    from needed
    left join lists on needed.opt_out = lists.opt_out
    where lists.file_id is null
    union all
    select
        leavers.opt_out,
        lists.file_id,
        'people are missing who were listed before' as problem,
        max(leavers.left_out) as number_count
    from leavers
    inner join lists
        on
            leavers.opt_out = lists.opt_out
            and leavers.provider_code = lists.provider_code
            and lists.recency = 1
    where
        leavers.left_out
        > greatest(1, {{ var('opt_out_leaving_share') }} * leavers.listed_before)
    group by leavers.opt_out, lists.file_id
    union all
    select
        lists.opt_out,
        lists.file_id,
        'lines cannot be read' as problem,
        unreadable.line_count as number_count
    from lists
    inner join unreadable on lists.file_id = unreadable.file_id
    where lists.recency = 1
    union all
    select
        lists.opt_out,
        lists.file_id,
        'its period has not begun' as problem,
        cast(null as bigint) as number_count
    from lists
    cross join latest_of_other_feeds
    where
        lists.period_start_date
        > coalesce(latest_of_other_feeds.latest_date, {{ as_of_date() }})
    union all
    -- A refused or withdrawn list may name people who were on no earlier list.
    select
        refused.feed_table as opt_out,
        refused.shown_file_id as file_id,
        'the list was refused or withdrawn' as problem,
        cast(null as bigint) as number_count
    from files as refused
    left join lists as later
        on
            refused.feed_table = later.opt_out
            and refused.provider_code = later.provider_code
            and (
                refused.period_start_date < later.period_start_date
                or (
                    refused.period_start_date = later.period_start_date
                    and refused.submission_number < later.submission_number
                )
            )
    where
        refused.feed = 'opt_outs'
        and not refused.is_accepted
        and later.file_id is null
)

select found.*
from found
where
    found.opt_out is null
    or found.opt_out in (select needed.opt_out from needed)
