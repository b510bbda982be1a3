-- How often are people registered with each general practice admitted as emergencies?
-- Admissions per 1,000 registered people (person-years) in each financial year. Limits
-- are those of the count: exact below ten admissions, Byar's from ten upwards, wider
-- where some people are admitted often.
with figures as (
    select * from {{ ref('fct_neighbourhood_indicator') }}
    where
        indicator_id = 'emergency_admission'
        and geography_type = 'general_practice'
        and is_financial_year
        and ratio is not null
),

areas as (
    select * from {{ ref('dim_neighbourhood') }}
)

select
    practices.code as practice_code,
    practices.name as practice,
    networks.name as primary_care_network,
    figures.period_start_date,
    cast(round(figures.denominator) as integer) as registered_people,
    cast(figures.observed as integer) as emergency_admissions,
    round(1000 * figures.observed / figures.denominator, 1) as rate_per_1000,
    round(1000 * figures.ratio_lower * figures.expected / figures.denominator, 1)
        as rate_per_1000_lower,
    round(1000 * figures.ratio_upper * figures.expected / figures.denominator, 1)
        as rate_per_1000_upper,
    round(figures.ratio, 2) as standardised_ratio,
    figures.overdispersed_funnel_position as funnel_position,
    figures.months_covered
from figures
inner join areas as practices
    on figures.neighbourhood_id = practices.neighbourhood_id
left join areas as networks
    on practices.primary_care_network_id = networks.neighbourhood_id
order by practices.code, figures.period_start_date
