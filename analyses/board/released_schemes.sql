-- What may be said in public about the Better Care Fund schemes?
select
    scheme_name,
    start_date,
    claimed_effect_percent,
    round(change_percent, 1) as change_percent,
    round(change_percent_lower, 1) as change_percent_lower,
    round(change_percent_upper, 1) as change_percent_upper,
    null_reason
from {{ ref('fct_board_scheme') }}
order by scheme_name
