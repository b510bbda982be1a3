with indicator_periods as (
    select * from {{ ref('int_neighbourhood__indicator_periods') }}
),

cells as (
    select * from {{ ref('int_neighbourhood__indicator_cells') }}
    where age_band <> 'unknown' and sex <> 'unknown'
),

populations as (
    select * from {{ ref('int_neighbourhood__period_populations') }}
),

bands as (
    select * from {{ ref('european_standard_population') }}
),

city_populations as (
    select
        populations.population_fact,
        populations.area_basis,
        populations.period_start_date,
        populations.age_band,
        bands.age_from,
        populations.sex,
        sum(populations.person_days) as person_days
    from populations
    inner join bands on populations.age_band = bands.age_band
    group by
        populations.population_fact,
        populations.area_basis,
        populations.period_start_date,
        populations.age_band,
        bands.age_from,
        populations.sex
),

city_cells as (
    select
        indicator_id,
        area_basis,
        period_start_date,
        age_band,
        sex,
        sum(numerator) as numerator,
        sum(numerator_squares) as numerator_squares,
        sum(denominator_units) as denominator_units
    from cells
    group by indicator_id, area_basis, period_start_date, age_band, sex
),

-- The city's rates for each age and sex, of its residents and of the people on its
-- practices' lists: per person-year, or per event of which the numerator is a share.
strata as (
    select
        indicator_periods.indicator_id,
        city_populations.area_basis,
        city_populations.age_band,
        city_populations.sex,
        coalesce(city_cells.numerator, 0) as numerator,
        coalesce(city_cells.numerator_squares, 0) as numerator_squares,
        city_populations.person_days / 365.25e0 as denominator,
        city_populations.period_start_date
    from city_populations
    inner join indicator_periods
        on
            city_populations.population_fact = indicator_periods.population_fact
            and city_populations.period_start_date = indicator_periods.period_start_date
            and city_populations.age_from >= indicator_periods.age_from
    left join city_cells
        on
            indicator_periods.indicator_id = city_cells.indicator_id
            and city_populations.area_basis = city_cells.area_basis
            and city_populations.period_start_date = city_cells.period_start_date
            and city_populations.age_band = city_cells.age_band
            and city_populations.sex = city_cells.sex
    where indicator_periods.is_per_head
    union all
    select
        city_cells.indicator_id,
        city_cells.area_basis,
        city_cells.age_band,
        city_cells.sex,
        city_cells.numerator,
        city_cells.numerator_squares,
        city_cells.denominator_units as denominator,
        city_cells.period_start_date
    from city_cells
    inner join indicator_periods
        on
            city_cells.indicator_id = indicator_periods.indicator_id
            and city_cells.period_start_date = indicator_periods.period_start_date
    where not indicator_periods.is_per_head and city_cells.denominator_units > 0
)

select
    indicator_id,
    area_basis,
    age_band,
    sex,
    cast(numerator as double) as numerator,
    cast(numerator_squares as double) as numerator_squares,
    cast(denominator as double) as denominator,
    cast(numerator as double) / cast(denominator as double) as rate,
    period_start_date
from strata
