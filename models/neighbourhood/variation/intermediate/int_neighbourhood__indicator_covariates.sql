with totals as (
    select * from {{ ref('int_neighbourhood__indicator_totals') }}
),

characteristics as (
    select * from {{ ref('int_neighbourhood__characteristics') }}
),

areas as (
    select * from {{ ref('dim_neighbourhood') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

supply as (
    select * from {{ ref('stg_service_supply__ward_services') }}
),

years as (
    select distinct period_start_date from characteristics
)

select
    totals.neighbourhood_id,
    areas.neighbourhood_team_id,
    areas.community_committee_id,
    coalesce(areas.city_id, max(areas.city_id) over ()) as city_id,
    totals.geography_type,
    totals.area_basis,
    totals.indicator_id,
    indicators.polarity,
    totals.observed,
    totals.expected,
    totals.denominator * totals.city_rate as crude_expected,
    totals.dispersion,
    characteristics.deprivation_score,
    characteristics.condition_ratio,
    characteristics.frailty_ratio,
    characteristics.care_home_ratio,
    round(ln(nullif(supply.capacity_per_1000, 0)), 6) as log_capacity,
    round(ln(nullif(supply.travel_minutes, 0)), 6) as log_travel,
    totals.period_start_date
from totals
inner join years on totals.period_start_date = years.period_start_date
left join characteristics
    on
        totals.neighbourhood_id = characteristics.neighbourhood_id
        and totals.period_start_date = characteristics.period_start_date
inner join areas on totals.neighbourhood_id = areas.neighbourhood_id
inner join indicators on totals.indicator_id = indicators.indicator_id
-- Only wards have such a code.
left join supply
    on
        areas.code = supply.ward_code
        and indicators.service = supply.service
where
    totals.geography_type <> 'city'
    -- Deprivation and need are known of where people live, and not of an area in which
    -- no one lived.
    and (
        totals.area_basis = 'registration'
        or characteristics.neighbourhood_id is not null
    )
