{{ config(severity='warn') }}

with files as (
    select * from {{ ref('fct_feed_file') }}
    where is_accepted and period_start_date is not null
),

row_accounts as (
    select * from {{ ref('stg_feeds__row_accounts') }}
),

feed_columns as (
    select * from {{ ref('stg_feeds__columns') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
    where is_complete
),

submissions as (
    select
        files.feed,
        files.feed_table,
        files.organisation_code,
        files.period_start_date,
        row_accounts.delivered_count
        - row_accounts.quarantined_count as sound_row_count,
        row_number() over (
            partition by
                files.feed,
                files.feed_table,
                files.organisation_code,
                files.period_start_date
            order by files.submission_number desc
        ) as recency
    from files
    inner join row_accounts
        on files.feed = row_accounts.feed and files.file_id = row_accounts.file_id
),

last_submissions as (
    select * from submissions
    where recency = 1
),

senders as (
    select
        feed,
        feed_table,
        organisation_code,
        min(period_start_date) as first_period_start_date
    from last_submissions
    group by feed, feed_table, organisation_code
),

periods as (
    select
        feed,
        feed_table,
        organisation_code,
        period_start_date
    from last_submissions
    union
    -- Every month from a sender's first on, so that a month not sent has a row too.
    select
        senders.feed,
        senders.feed_table,
        senders.organisation_code,
        months.month_start_date as period_start_date
    from senders
    inner join feed_columns
        on
            senders.feed = feed_columns.feed
            and senders.feed_table = feed_columns.feed_table
            and feed_columns.reporting_period = 'month'
    inner join months on senders.first_period_start_date < months.month_start_date
),

held_against_usual as (
    select
        periods.feed,
        periods.feed_table,
        periods.organisation_code,
        periods.period_start_date,
        coalesce(last_submissions.sound_row_count, 0) as sound_row_count,
        count(last_submissions.sound_row_count) over files_before as file_count_before,
        {{ median('last_submissions.sound_row_count') }}
            over files_before as usual_row_count
    from periods
    left join last_submissions
        on
            periods.feed = last_submissions.feed
            and periods.feed_table = last_submissions.feed_table
            and periods.organisation_code = last_submissions.organisation_code
            and periods.period_start_date = last_submissions.period_start_date
    window files_before as (
        partition by periods.feed, periods.feed_table, periods.organisation_code
        order by periods.period_start_date
        rows between 12 preceding and 1 preceding
    )
)

select
    feed,
    feed_table,
    organisation_code,
    period_start_date,
    sound_row_count,
    usual_row_count
from held_against_usual
where
    -- A first file may hold everybody and the later ones only what changed.
    file_count_before >= 3
    -- Rows come in bunches; the widest are the diagnoses of a spell (three on average,
    -- a variance six times the mean count). Of 100 such rows chance alone leaves less
    -- than a quarter once in 100,000 months (compound Poisson), of 80 six times.
    and usual_row_count >= 5 * {{ var('silent_usual_count') }}
    and sound_row_count < {{ var('silent_share') }} * usual_row_count
