-- Which wards lie outside the funnel of A&E attendances, and by how much?
with figures as (
    select * from {{ ref('fct_neighbourhood_indicator') }}
    where
        indicator_id = 'emergency_attendance'
        and geography_type = 'ward'
        and is_financial_year
),

areas as (
    select * from {{ ref('dim_neighbourhood') }}
)

select
    areas.name,
    figures.observed,
    round(figures.expected, 1) as expected,
    round(figures.ratio, 2) as ratio,
    round(figures.ratio_lower, 2) as ratio_lower,
    round(figures.ratio_upper, 2) as ratio_upper,
    round(figures.overdispersed_funnel_99_8_lower, 2) as funnel_lower,
    round(figures.overdispersed_funnel_99_8_upper, 2) as funnel_upper,
    case
        when figures.ratio > figures.overdispersed_funnel_99_8_upper
            then round(figures.ratio - figures.overdispersed_funnel_99_8_upper, 2)
        when figures.ratio < figures.overdispersed_funnel_99_8_lower
            then round(figures.ratio - figures.overdispersed_funnel_99_8_lower, 2)
    end as beyond_the_limit,
    figures.overdispersed_funnel_position
from figures
inner join areas on figures.neighbourhood_id = areas.neighbourhood_id
where
    figures.period_start_date
    = (select max(latest.period_start_date) from figures as latest)
order by
    case
        when figures.overdispersed_funnel_position = 'within the limits' then 1
        else 0
    end,
    areas.name
