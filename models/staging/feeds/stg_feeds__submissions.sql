{{ config(materialized='table') }}

with files as (
    select * from {{ ref('stg_feeds__files') }}
    where is_current and period_start_date is not null
),

layouts as (
    select distinct
        feed,
        feed_table,
        reporting_period,
        promises
    from {{ ref('stg_feeds__columns') }}
    where reporting_period is not null
),

successors as (
    select * from {{ ref('organisation_successors') }}
),

submissions as (
    select
        files.feed,
        files.feed_table,
        files.file_id,
        files.provider_code as sender_code,
        layouts.promises,
        files.period_start_date,
        case layouts.reporting_period
            when 'quarter'
                then
                    cast({{ dbt.dateadd(
                        'day',
                        -1,
                        dbt.dateadd('month', 3, 'files.period_start_date')
                    ) }} as date)
            else
                cast({{ dbt.dateadd(
                    'day', -1, dbt.dateadd('month', 1, 'files.period_start_date')
                ) }} as date)
        end as period_end_date
    from files
    inner join layouts
        on files.feed = layouts.feed and files.feed_table = layouts.feed_table
),

-- Who delivers what a sender last listed: the sender, and whoever took it over.
responsible as (
    select distinct
        sender_code,
        sender_code as later_sender_code,
        cast(null as date) as since_date
    from submissions
    union all
    select
        organisation_code as sender_code,
        successor_code as later_sender_code,
        effective_date as since_date
    from successors
),

followed as (
    select
        submissions.feed,
        submissions.file_id,
        min(later.period_start_date) as next_period_start_date
    from submissions
    inner join responsible on submissions.sender_code = responsible.sender_code
    inner join submissions as later
        on
            submissions.feed = later.feed
            and submissions.feed_table = later.feed_table
            and responsible.later_sender_code = later.sender_code
    where
        later.period_start_date > submissions.period_start_date
        and (
            responsible.since_date is null
            or later.period_end_date >= responsible.since_date
        )
    group by submissions.feed, submissions.file_id
)

select
    submissions.feed,
    submissions.feed_table,
    submissions.file_id,
    submissions.sender_code,
    submissions.promises,
    submissions.period_start_date,
    submissions.period_end_date,
    followed.next_period_start_date,
    case
        when
            submissions.promises = 'open_records'
            and (
                followed.next_period_start_date <= {{ as_of_date() }}
                or submissions.period_end_date
                < {{ add_days(as_of_date(), -var('silent_sender_days')) }}
            )
            then submissions.period_end_date
    end as confirmed_until_date
from submissions
left join followed
    on
        submissions.feed = followed.feed
        and submissions.file_id = followed.file_id
