with counts as (
    select * from {{ ref('fct_board_count') }}
),

totals as (
    select * from counts
    where part_type = 'all'
)

select
    counts.measure_id,
    counts.neighbourhood_id,
    counts.part_type,
    counts.part,
    counts.unit,
    counts.state,
    counts.released_count,
    totals.released_count as total_count,
    counts.period_start_date,
    counts.period_end_date
from counts
inner join totals
    on
        counts.measure_id = totals.measure_id
        and counts.neighbourhood_id = totals.neighbourhood_id
        and counts.period_start_date = totals.period_start_date
where counts.part_type not in ('all', 'month')
