with indicator_periods as (
    select * from {{ ref('int_neighbourhood__indicator_periods') }}
),

cells as (
    select * from {{ ref('int_neighbourhood__indicator_cells') }}
),

populations as (
    select * from {{ ref('int_neighbourhood__period_populations') }}
),

reference_rates as (
    select * from {{ ref('int_neighbourhood__reference_rates') }}
),

-- What the city's rates would give for the people of each small area.
expected_per_head as (
    select
        reference_rates.indicator_id,
        populations.small_area_code,
        sum(populations.person_days) as person_days,
        sum(populations.person_days / 365.25e0 * reference_rates.rate) as expected,
        populations.period_start_date
    from populations
    inner join indicator_periods
        on
            populations.population_fact = indicator_periods.population_fact
            and populations.period_start_date = indicator_periods.period_start_date
            and indicator_periods.is_per_head
    inner join reference_rates
        on
            indicator_periods.indicator_id = reference_rates.indicator_id
            and populations.area_basis = reference_rates.area_basis
            and populations.period_start_date = reference_rates.period_start_date
            and populations.age_band = reference_rates.age_band
            and populations.sex = reference_rates.sex
    group by
        reference_rates.indicator_id,
        populations.small_area_code,
        populations.period_start_date
),

-- No rate expects events of people whose age or sex is not known. They are counted
-- apart, since they would look like an excess of the place where they happened.
counted as (
    select
        cells.indicator_id,
        cells.small_area_code,
        sum(
            case when reference_rates.rate is not null then cells.numerator else 0 end
        ) as observed,
        sum(
            case when reference_rates.rate is null then cells.numerator else 0 end
        ) as unplaced,
        sum(
            case
                when reference_rates.rate is not null then cells.denominator_units
                else 0
            end
        ) as denominator_units,
        sum(cells.denominator_units * coalesce(reference_rates.rate, 0)) as expected,
        cells.period_start_date
    from cells
    left join reference_rates
        on
            cells.indicator_id = reference_rates.indicator_id
            and cells.area_basis = reference_rates.area_basis
            and cells.period_start_date = reference_rates.period_start_date
            and cells.age_band = reference_rates.age_band
            and cells.sex = reference_rates.sex
    group by cells.indicator_id, cells.small_area_code, cells.period_start_date
),

-- Rounded, since sums of doubles in another order differ in their last digits; decimals
-- then add up to areas exactly.
together as (
    select
        indicator_id,
        small_area_code,
        0 as observed,
        0 as unplaced,
        cast(round(expected, 6) as decimal(24, 6)) as expected,
        person_days,
        0 as denominator_units,
        period_start_date
    from expected_per_head
    union all
    select
        indicator_id,
        small_area_code,
        observed,
        unplaced,
        cast(round(expected, 6) as decimal(24, 6)) as expected,
        0 as person_days,
        denominator_units,
        period_start_date
    from counted
)

select
    indicator_id,
    small_area_code,
    cast(sum(observed) as decimal(24, 4)) as observed,
    cast(sum(unplaced) as decimal(24, 4)) as unplaced,
    cast(sum(expected) as decimal(24, 6)) as expected,
    cast(sum(person_days) as bigint) as person_days,
    cast(sum(denominator_units) as bigint) as denominator_units,
    period_start_date
from together
group by indicator_id, small_area_code, period_start_date
