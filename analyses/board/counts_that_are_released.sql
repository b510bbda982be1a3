-- How many counts are released, and how many are suppressed?
select
    geography_type,
    state,
    count(*) as counts
from {{ ref('fct_board_count') }}
group by geography_type, state
order by geography_type, state
