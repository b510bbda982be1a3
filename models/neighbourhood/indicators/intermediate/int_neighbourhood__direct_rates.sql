with indicator_periods as (
    select * from {{ ref('int_neighbourhood__indicator_periods') }}
    where is_per_head
),

cells as (
    select * from {{ ref('int_neighbourhood__indicator_cells') }}
    where age_band <> 'unknown' and sex <> 'unknown'
),

populations as (
    select * from {{ ref('int_neighbourhood__area_populations') }}
),

areas as (
    select * from {{ ref('int_place__neighbourhood_small_areas') }}
),

standard as (
    select * from {{ ref('european_standard_population') }}
),

-- The part of the standard population that is old enough for an indicator.
ages as (
    select
        youngest.age_from,
        count(*) as band_count,
        sum(standard.standard_population) as standard_population
    from (select distinct age_from from indicator_periods) as youngest
    inner join standard on youngest.age_from <= standard.age_from
    group by youngest.age_from
),

-- A band without residents has no rate, and a rate that left it out would be
-- standardised to another population.
full_areas as (
    select
        populations.neighbourhood_id,
        populations.population_fact,
        populations.period_start_date,
        ages.age_from,
        ages.standard_population,
        count(*) = ages.band_count as has_every_band
    from populations
    inner join ages on populations.age_from >= ages.age_from
    group by
        populations.neighbourhood_id,
        populations.population_fact,
        populations.period_start_date,
        ages.age_from,
        ages.standard_population,
        ages.band_count
),

small_area_events as (
    select
        cells.small_area_code,
        cells.indicator_id,
        cells.age_band,
        cells.period_start_date,
        cast(sum(cells.numerator) as double) as numerator,
        cast(sum(cells.numerator_squares) as double) as numerator_squares
    from cells
    inner join indicator_periods
        on
            cells.indicator_id = indicator_periods.indicator_id
            and cells.period_start_date = indicator_periods.period_start_date
    group by
        cells.small_area_code,
        cells.indicator_id,
        cells.age_band,
        cells.period_start_date
),

-- Rounded far below the smallest part, a hundredth of a pound: sums of doubles in
-- another order differ in their last digits.
area_events as (
    select
        areas.neighbourhood_id,
        small_area_events.indicator_id,
        small_area_events.age_band,
        small_area_events.period_start_date,
        round(sum(small_area_events.numerator), 4) as numerator,
        sum(small_area_events.numerator_squares) as numerator_squares
    from small_area_events
    inner join areas on small_area_events.small_area_code = areas.small_area_code
    group by
        areas.neighbourhood_id,
        small_area_events.indicator_id,
        small_area_events.age_band,
        small_area_events.period_start_date
),

-- Bands without events add nothing to either sum. Sums of decimals do not depend on the
-- order of their rows; engines round the last digit of one differently, so there are
-- more digits than matter.
weighted as (
    select
        area_events.neighbourhood_id,
        area_events.indicator_id,
        area_events.period_start_date,
        cast(sum(cast(
            populations.standard_population * area_events.numerator * 365.25e0
            / populations.person_days as decimal(38, 12)
        )) as double) as weighted_rate,
        cast(sum(cast(
            power(
                populations.standard_population * 365.25e0 / populations.person_days, 2
            )
            * area_events.numerator_squares as decimal(38, 12)
        )) as double) as weighted_variance
    from area_events
    inner join indicator_periods
        on
            area_events.indicator_id = indicator_periods.indicator_id
            and area_events.period_start_date = indicator_periods.period_start_date
    inner join populations
        on
            indicator_periods.population_fact = populations.population_fact
            and area_events.period_start_date = populations.period_start_date
            and area_events.neighbourhood_id = populations.neighbourhood_id
            and area_events.age_band = populations.age_band
    group by
        area_events.neighbourhood_id,
        area_events.indicator_id,
        area_events.period_start_date
)

select
    full_areas.neighbourhood_id,
    indicator_periods.indicator_id,
    coalesce(weighted.weighted_rate, 0) / full_areas.standard_population as yearly_rate,
    coalesce(weighted.weighted_variance, 0)
    / full_areas.standard_population / full_areas.standard_population
        as yearly_rate_variance,
    full_areas.has_every_band,
    indicator_periods.period_start_date
from indicator_periods
inner join full_areas
    on
        indicator_periods.population_fact = full_areas.population_fact
        and indicator_periods.period_start_date = full_areas.period_start_date
        and indicator_periods.age_from = full_areas.age_from
left join weighted
    on
        full_areas.neighbourhood_id = weighted.neighbourhood_id
        and indicator_periods.indicator_id = weighted.indicator_id
        and indicator_periods.period_start_date = weighted.period_start_date
