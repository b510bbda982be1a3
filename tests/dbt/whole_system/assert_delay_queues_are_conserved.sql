with flow as (
    select * from {{ ref('fct_delay_flow_day') }}
),

delayed_transfers as (
    select * from {{ ref('fct_delayed_transfer') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

period as (
    select
        min(day_date) as from_date,
        {{ add_days('max(day_date)', 1) }} as until_date
    from days
),

-- The part of each wait that is inside the period.
waits as (
    select
        delayed_transfers.pathway,
        greatest(delayed_transfers.start_date, period.from_date) as from_date,
        least(
            coalesce(delayed_transfers.end_date, period.until_date), period.until_date
        ) as until_date
    from delayed_transfers
    cross join period
),

steps as (
    select
        *,
        lag(waiting_count) over (
            partition by pathway, constraint_name order by day_date
        ) as waiting_before_count
    from flow
),

queued as (
    select
        pathway,
        sum(waiting_count) as queue_days
    from flow
    group by pathway
),

waited as (
    select
        pathway,
        sum({{ dbt.datediff('from_date', 'until_date', 'day') }}) as waited_days
    from waits
    where from_date < until_date
    group by pathway
)

select
    pathway,
    constraint_name,
    day_date,
    waiting_count as found,
    waiting_before_count + joined_count - left_count as expected
from steps
where waiting_count <> waiting_before_count + joined_count - left_count
union all
select
    queued.pathway,
    'all' as constraint_name,
    null as day_date,
    queued.queue_days as found,
    waited.waited_days as expected
from queued
left join waited on queued.pathway = waited.pathway
where queued.queue_days <> coalesce(waited.waited_days, 0)
