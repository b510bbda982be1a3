-- How many records do opt-outs hold back?
select
    feed,
    opt_out,
    accepted_count,
    held_back_count,
    round(100 * held_back_share, 2) as held_back_percent
from {{ ref('fct_opt_out_held_back') }}
order by feed, opt_out
