with indicators as (
    select
        indicator_id,
        age_from,
        coalesce(source_fact, 'none') as source_fact
    from {{ ref('indicators') }}
    where denominator = 'person_days'
),

cells as (
    select * from {{ ref('int_neighbourhood__indicator_cells') }}
    where age_band <> 'unknown' and sex <> 'unknown'
),

populations as (
    select * from {{ ref('int_neighbourhood__period_populations') }}
),

period_facts as (
    select distinct
        source_fact,
        population_fact,
        period_start_date
    from {{ ref('int_neighbourhood__period_months') }}
),

areas as (
    select
        neighbourhood_id,
        lsoa_code
    from {{ ref('int_place__neighbourhood_lsoas') }}
),

standard as (
    select
        *,
        case
            when age_band = '90+' then 90
            else cast(substr(age_band, 1, 2) as integer)
        end as age_from
    from {{ ref('european_standard_population') }}
),

-- Of the whole standard population, those old enough for an indicator.
ages as (
    select
        youngest.age_from,
        count(*) as band_count,
        sum(standard.standard_population) as standard_population
    from (select distinct age_from from indicators) as youngest
    inner join standard on youngest.age_from <= standard.age_from
    group by youngest.age_from
),

area_bands as (
    select
        areas.neighbourhood_id,
        populations.population_fact,
        populations.period_start_date,
        populations.age_band,
        sum(populations.person_days) as person_days
    from populations
    inner join areas on populations.lsoa_code = areas.lsoa_code
    group by
        areas.neighbourhood_id,
        populations.population_fact,
        populations.period_start_date,
        populations.age_band
),

-- A band in which nobody lived has no rate, and a rate that left it out would be
-- standardised to another population.
full_areas as (
    select
        area_bands.neighbourhood_id,
        area_bands.population_fact,
        area_bands.period_start_date,
        ages.age_from,
        ages.standard_population,
        count(*) = ages.band_count as has_every_band
    from area_bands
    inner join standard on area_bands.age_band = standard.age_band
    inner join ages on standard.age_from >= ages.age_from
    group by
        area_bands.neighbourhood_id,
        area_bands.population_fact,
        area_bands.period_start_date,
        ages.age_from,
        ages.standard_population,
        ages.band_count
),

indicator_areas as (
    select
        full_areas.*,
        indicators.indicator_id
    from full_areas
    inner join indicators on full_areas.age_from = indicators.age_from
    inner join period_facts
        on
            indicators.source_fact = period_facts.source_fact
            and full_areas.population_fact = period_facts.population_fact
            and full_areas.period_start_date = period_facts.period_start_date
),

lsoa_events as (
    select
        cells.lsoa_code,
        cells.indicator_id,
        cells.age_band,
        cells.period_start_date,
        cast(sum(cells.numerator) as double) as numerator,
        cast(sum(cells.numerator_squares) as double) as numerator_squares
    from cells
    inner join indicators on cells.indicator_id = indicators.indicator_id
    group by
        cells.lsoa_code,
        cells.indicator_id,
        cells.age_band,
        cells.period_start_date
),

-- Hundredths of pounds are the smallest part, and sums of doubles in another order may
-- differ only far below them.
area_events as (
    select
        areas.neighbourhood_id,
        lsoa_events.indicator_id,
        lsoa_events.age_band,
        lsoa_events.period_start_date,
        round(sum(lsoa_events.numerator), 4) as numerator,
        sum(lsoa_events.numerator_squares) as numerator_squares
    from lsoa_events
    inner join areas on lsoa_events.lsoa_code = areas.lsoa_code
    group by
        areas.neighbourhood_id,
        lsoa_events.indicator_id,
        lsoa_events.age_band,
        lsoa_events.period_start_date
),

-- Bands without events add nothing to either sum. Decimals add up to the same in
-- whatever order they come.
weighted as (
    select
        area_events.neighbourhood_id,
        area_events.indicator_id,
        area_events.period_start_date,
        cast(sum(cast(
            standard.standard_population * area_events.numerator * 365.25
            / area_bands.person_days as decimal(38, 9)
        )) as double) as weighted_rate,
        cast(sum(cast(
            power(
                standard.standard_population * 365.25 / area_bands.person_days, 2
            )
            * area_events.numerator_squares as decimal(38, 6)
        )) as double) as weighted_variance
    from area_events
    inner join indicators on area_events.indicator_id = indicators.indicator_id
    inner join period_facts
        on
            indicators.source_fact = period_facts.source_fact
            and area_events.period_start_date = period_facts.period_start_date
    inner join area_bands
        on
            period_facts.population_fact = area_bands.population_fact
            and area_events.period_start_date = area_bands.period_start_date
            and area_events.neighbourhood_id = area_bands.neighbourhood_id
            and area_events.age_band = area_bands.age_band
    inner join standard on area_events.age_band = standard.age_band
    group by
        area_events.neighbourhood_id,
        area_events.indicator_id,
        area_events.period_start_date
)

select
    indicator_areas.neighbourhood_id,
    indicator_areas.indicator_id,
    coalesce(weighted.weighted_rate, 0) / indicator_areas.standard_population
        as yearly_rate,
    coalesce(weighted.weighted_variance, 0)
    / indicator_areas.standard_population / indicator_areas.standard_population
        as yearly_rate_variance,
    indicator_areas.has_every_band,
    indicator_areas.period_start_date
from indicator_areas
left join weighted
    on
        indicator_areas.neighbourhood_id = weighted.neighbourhood_id
        and indicator_areas.indicator_id = weighted.indicator_id
        and indicator_areas.period_start_date = weighted.period_start_date
