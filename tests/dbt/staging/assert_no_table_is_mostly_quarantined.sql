{{ config(meta={'is_free_of_identifiers': true}) }}

with row_accounts as (
    select * from {{ ref('stg_feeds__row_accounts') }}
    where is_current
),

files as (
    select * from {{ ref('stg_feeds__files') }}
),

quarantined as (
    select * from {{ ref('quarantine') }}
),

findings as (
    select * from {{ ref('stg_feeds__findings') }}
),

counted as (
    select
        row_accounts.feed,
        row_accounts.feed_table,
        row_accounts.file_id,
        files.shown_file_id,
        row_accounts.delivered_count,
        row_accounts.quarantined_count,
        sum(row_accounts.delivered_count) over sender as sender_delivered_count,
        sum(row_accounts.quarantined_count) over sender as sender_quarantined_count,
        sum(row_accounts.delivered_count) over feed_table as table_delivered_count,
        sum(row_accounts.quarantined_count) over feed_table as table_quarantined_count
    from row_accounts
    inner join files
        on
            row_accounts.feed = files.feed
            and row_accounts.file_id = files.file_id
    window
        sender as (
            partition by
                row_accounts.feed, row_accounts.feed_table, files.provider_code
        ),
        feed_table as (partition by row_accounts.feed, row_accounts.feed_table)
),

mostly_quarantined as (
    select *
    from counted
    where
        quarantined_count > {{ var('mostly_quarantined_share') }} * delivered_count
        and (
            delivered_count >= {{ var('mostly_quarantined_count') }}
            -- Small files of one sender that are all like that.
            or (
                sender_delivered_count >= {{ var('mostly_quarantined_count') }}
                and sender_quarantined_count
                > {{ var('mostly_quarantined_share') }} * sender_delivered_count
            )
            -- Nothing is left of the table; one bad row stops no build.
            or (
                table_quarantined_count = table_delivered_count
                and table_delivered_count > 1
            )
        )
),

by_rule as (
    select
        feed,
        file_id,
        failed_rule,
        count(*) as row_count
    from quarantined
    group by feed, file_id, failed_rule
),

hints as (
    select
        feed,
        file_id,
        max(column_name || ': ' || message) as hint
    from findings
    where kind in ('date_form', 'two_digit_year')
    group by feed, file_id
)

select
    mostly_quarantined.feed,
    mostly_quarantined.shown_file_id as file_id,
    by_rule.failed_rule,
    by_rule.row_count,
    mostly_quarantined.delivered_count,
    hints.hint
from mostly_quarantined
inner join by_rule
    on
        mostly_quarantined.feed = by_rule.feed
        and mostly_quarantined.file_id = by_rule.file_id
left join hints
    on
        mostly_quarantined.feed = hints.feed
        and mostly_quarantined.file_id = hints.file_id
