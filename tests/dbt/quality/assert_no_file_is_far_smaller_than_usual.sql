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

-- How much a sender's files of a table differ from one to the next. On the scale of
-- twice the square root, chance alone (Poisson) has a standard deviation of 1 whatever
-- the size. It is larger where rows come in groups, as the diagnoses of a spell do, or
-- where months differ. The file that is looked for does not disturb the median.
changes as (
    select
        feed,
        feed_table,
        organisation_code,
        abs(
            2 * sqrt(sound_row_count)
            - lag(2 * sqrt(sound_row_count)) over (
                partition by feed, feed_table, organisation_code
                order by period_start_date
            )
        ) as change
    from last_submissions
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

spreads as (
    select
        feed,
        feed_table,
        organisation_code,
        -- The difference of two files varies by the square root of 2 more than one, and
        -- the median of its size is 0.6745 standard deviations.
        greatest(1, {{ median('change') }} / (sqrt(2) * 0.6745e0)) as standard_deviation
    from changes
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
    -- Every month from a sender's first, so that a missing month has a row too.
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

compared_with_usual as (
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
    compared_with_usual.feed,
    compared_with_usual.feed_table,
    compared_with_usual.organisation_code,
    compared_with_usual.period_start_date,
    compared_with_usual.sound_row_count,
    compared_with_usual.usual_row_count
from compared_with_usual
inner join spreads
    on
        compared_with_usual.feed = spreads.feed
        and compared_with_usual.feed_table = spreads.feed_table
        and compared_with_usual.organisation_code = spreads.organisation_code
where
    -- A first file may hold every person and later files only what changed.
    compared_with_usual.file_count_before >= 4
    and compared_with_usual.usual_row_count >= {{ var('far_smaller_usual_count') }}
    and compared_with_usual.sound_row_count
    < {{ var('far_smaller_share') }} * compared_with_usual.usual_row_count
    and 2 * sqrt(compared_with_usual.sound_row_count)
    < 2 * sqrt(compared_with_usual.usual_row_count)
    - {{ var('far_smaller_deviations') }} * spreads.standard_deviation
