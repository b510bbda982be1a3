-- Whose list are delays on, and what are people waiting for, by released counts?
with figures as (
    select * from {{ ref('fct_board_delay') }}
)

select
    view_type,
    part,
    unit,
    state,
    released_count,
    round(100 * share_lower) as at_least_percent,
    round(100 * share_upper) as at_most_percent
from figures
where period_start_date = (select max(latest.period_start_date) from figures as latest)
order by view_type, unit, part
