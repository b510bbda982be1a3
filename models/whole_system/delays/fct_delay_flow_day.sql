with waits as (
    select
        *,
        coalesce(end_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from {{ ref('fct_delayed_transfer') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

queues as (
    select distinct
        pathway,
        constraint_name
    from waits
),

joined as (
    select
        pathway,
        constraint_name,
        start_date as day_date,
        count(*) as joined_count
    from waits
    group by pathway, constraint_name, start_date
),

ended as (
    select
        pathway,
        constraint_name,
        end_date as day_date,
        count(*) as left_count,
        sum(delayed_days) as waited_days
    from waits
    where not is_open
    group by pathway, constraint_name, end_date
),

-- Counted afresh for every midnight, not carried forward, so that a test can compare
-- the queue with those who joined and left it.
waiting as (
    select
        waits.pathway,
        waits.constraint_name,
        days.day_date,
        count(*) as waiting_count
    from waits
    inner join days
        on waits.start_date <= days.day_date and waits.until_date > days.day_date
    group by waits.pathway, waits.constraint_name, days.day_date
)

select
    queues.pathway,
    queues.constraint_name,
    cast(coalesce(joined.joined_count, 0) as integer) as joined_count,
    cast(coalesce(ended.left_count, 0) as integer) as left_count,
    cast(coalesce(waiting.waiting_count, 0) as integer) as waiting_count,
    cast(coalesce(ended.waited_days, 0) as integer) as waited_days,
    days.day_date,
    days.month_start_date
from queues
cross join days
left join joined
    on
        queues.pathway = joined.pathway
        and queues.constraint_name = joined.constraint_name
        and days.day_date = joined.day_date
left join ended
    on
        queues.pathway = ended.pathway
        and queues.constraint_name = ended.constraint_name
        and days.day_date = ended.day_date
left join waiting
    on
        queues.pathway = waiting.pathway
        and queues.constraint_name = waiting.constraint_name
        and days.day_date = waiting.day_date
