-- Which share of bed days could have been elsewhere, by released counts?
select
    bed_kind,
    best_setting,
    state,
    released_count,
    round(100 * share_lower) as at_least_percent,
    round(100 * share_upper) as at_most_percent,
    period_end_date
from {{ ref('fct_board_right_setting') }}
order by bed_kind, best_setting
