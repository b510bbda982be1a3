{{ config(severity='warn') }}

with files as (
    select
        *,
        row_number() over (
            partition by feed, feed_table, organisation_code, period_start_date
            order by submission_number desc
        ) as recency
    from {{ ref('fct_feed_file') }}
    where is_accepted and period_start_date is not null
),

held_against_usual as (
    select
        feed,
        feed_table,
        organisation_code,
        period_start_date,
        row_count,
        count(*) over files_before as file_count_before,
        median(row_count) over files_before as usual_row_count
    from files
    where recency = 1
    window files_before as (
        partition by feed, feed_table, organisation_code
        order by period_start_date
        rows between 12 preceding and 1 preceding
    )
)

select
    feed,
    feed_table,
    organisation_code,
    period_start_date,
    row_count,
    usual_row_count
from held_against_usual
where
    -- A first file may hold everybody and the later ones only what changed.
    file_count_before >= 3
    -- Rows come in bunches; the widest are the diagnoses of a spell (three on average,
    -- a variance six times the mean count). Of 100 such rows chance alone leaves less
    -- than a quarter once in 100,000 months (compound Poisson), of 80 six times.
    and usual_row_count >= 5 * {{ var('silent_usual_count') }}
    and row_count < {{ var('silent_share') }} * usual_row_count
