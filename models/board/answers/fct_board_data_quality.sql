with counts as (
    select * from {{ ref('fct_board_count') }}
    where
        measure_id = 'feed_row'
        and part_type <> 'all'
),

outcomes as (
    select
        {{ dbt.split_part('part', "' '", 1) }} as feed,
        {{ dbt.split_part('part', "' '", 2) }} as outcome,
        state,
        released_count,
        period_start_date,
        period_end_date
    from counts
    where part like '% %'
),

feeds as (
    select
        part as feed,
        released_count
    from counts
    where part not like '% %'
),

parts as (
    select
        outcomes.*,
        feeds.released_count as total_count
    from outcomes
    inner join feeds on outcomes.feed = feeds.feed
)

select
    feed,
    outcome,
    state,
    released_count,
    total_count,
    {{ share_between('released_count', 'total_count') }},
    period_end_date as counted_until_date
from parts
