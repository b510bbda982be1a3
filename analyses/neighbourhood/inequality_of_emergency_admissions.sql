-- How much more often are people in deprived neighbourhoods admitted as
-- emergencies?
select
    period_start_date,
    event_count,
    round(most_deprived_rate) as most_deprived_rate,
    round(least_deprived_rate) as least_deprived_rate,
    round(sii) as slope_index,
    round(sii_lower) as slope_index_lower,
    round(sii_upper) as slope_index_upper
from {{ ref('fct_neighbourhood_inequality') }}
where indicator_id = 'emergency_admission' and ethnic_group = 'all'
order by period_start_date
