{{ config(severity='warn') }}

select
    feed || ', ' || feed_table as kind,
    count(*) as found_count,
    max(period_start_date) as latest_date
from {{ ref('stg_feeds__files') }}
where is_accepted and period_start_date > {{ as_of_date() }}
group by feed, feed_table
union all
select
    event_type as kind,
    count(*) as found_count,
    max(start_date) as latest_date
from {{ ref('fct_care_event') }}
where start_date > {{ as_of_date() }}
group by event_type
