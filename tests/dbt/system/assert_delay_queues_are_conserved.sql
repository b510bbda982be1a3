{%- set tomorrow = add_days(as_of_date(), 1) -%}
with flow as (
    select * from {{ ref('fct_delay_flow_day') }}
),

waits as (
    select * from {{ ref('fct_delayed_transfer') }}
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

-- The law holds for a period when only the part of each wait inside it is counted; what
-- is left over is who waited when it began.
waited as (
    select
        pathway,
        count(*) as joined_count,
        avg(cast({{ dbt.datediff(
            'start_date', 'coalesce(end_date, ' ~ tomorrow ~ ')', 'day'
        ) }} as decimal(18, 4))) as mean_wait_days
    from waits
    where start_date >= cast('{{ var("first_month") }}' as date)
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
    cast(waited.joined_count * waited.mean_wait_days as integer) as expected
from queued
left join waited on queued.pathway = waited.pathway
where
    queued.queue_days > 0
    and not coalesce(
        abs(queued.queue_days - waited.joined_count * waited.mean_wait_days)
        <= 0.05 * queued.queue_days,
        false
    )
