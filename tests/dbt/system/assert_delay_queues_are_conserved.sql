{%- set first_day = "cast('" ~ var('first_month') ~ "' as date)" -%}
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

-- The part of each wait inside the period; those who waited when it began are in it.
waited as (
    select
        pathway,
        sum({{ dbt.datediff(
            'greatest(start_date, ' ~ first_day ~ ')',
            'least(end_date, ' ~ tomorrow ~ ')',
            'day'
        ) }}) as waited_days
    from waits
    where
        start_date < {{ tomorrow }}
        and coalesce(end_date, {{ tomorrow }}) > {{ first_day }}
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
