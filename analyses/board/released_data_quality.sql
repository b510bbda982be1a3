-- How much of what was delivered is used?
select
    feed,
    outcome,
    state,
    released_count,
    round(100 * share_lower, 1) as at_least_percent,
    round(100 * share_upper, 1) as at_most_percent
from {{ ref('fct_board_data_quality') }}
order by feed, outcome
