with waits as (
    select * from {{ ref('fct_delayed_transfer') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

paths as (
    select distinct
        pathway,
        constraint_name
    from waits
),

changes as (
    select
        pathway,
        constraint_name,
        start_date as day_date,
        1 as joined,
        0 as left_queue,
        0 as waited_days
    from waits
    union all
    select
        pathway,
        constraint_name,
        end_date as day_date,
        0 as joined,
        1 as left_queue,
        delayed_days as waited_days
    from waits
    where end_date is not null
),

changed as (
    select
        pathway,
        constraint_name,
        day_date,
        sum(joined) as joined_count,
        sum(left_queue) as left_count,
        sum(waited_days) as waited_days
    from changes
    group by pathway, constraint_name, day_date
),

-- The queue is counted anew at every midnight, not carried forward from the changes, so
-- that the two can be held against each other.
waiting as (
    select
        waits.pathway,
        waits.constraint_name,
        days.day_date,
        count(*) as waiting_count
    from waits
    inner join days
        on
            waits.start_date <= days.day_date
            and coalesce(waits.end_date, {{ add_days(as_of_date(), 1) }})
            > days.day_date
    group by waits.pathway, waits.constraint_name, days.day_date
)

select
    paths.pathway,
    paths.constraint_name,
    cast(coalesce(changed.joined_count, 0) as integer) as joined_count,
    cast(coalesce(changed.left_count, 0) as integer) as left_count,
    cast(coalesce(waiting.waiting_count, 0) as integer) as waiting_count,
    cast(coalesce(changed.waited_days, 0) as integer) as waited_days,
    days.day_date,
    days.month_start_date
from paths
cross join days
left join changed
    on
        paths.pathway = changed.pathway
        and paths.constraint_name = changed.constraint_name
        and days.day_date = changed.day_date
left join waiting
    on
        paths.pathway = waiting.pathway
        and paths.constraint_name = waiting.constraint_name
        and days.day_date = waiting.day_date
