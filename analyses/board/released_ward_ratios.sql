-- Which wards stand out in what may leave the building?
with figures as (
    select * from {{ ref('fct_board_indicator') }}
    where geography_type = 'ward' and measure_name = 'A&E attendances'
)

select
    area_name,
    state,
    released_count,
    round(ratio, 2) as ratio,
    round(ratio_lower, 2) as ratio_lower,
    round(ratio_upper, 2) as ratio_upper,
    funnel_position
from figures
where period_start_date = (select max(latest.period_start_date) from figures as latest)
order by area_name
