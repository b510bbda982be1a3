with parts as (
    select * from {{ ref('int_board__parts') }}
    where measure_id in ('listed_delay', 'delayed_days')
)

select
    measure_id,
    part,
    case measure_id
        when 'listed_delay' then 'on the list of'
        else 'waiting for'
    end as view_type,
    unit,
    state,
    released_count,
    total_count,
    {{ share_between('released_count', 'total_count') }},
    period_start_date,
    period_end_date
from parts
