with indicators as (
    select
        *,
        coalesce(source_fact, 'none') as covering_fact
    from {{ ref('indicators') }}
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

direct_rates as (
    select * from {{ ref('int_neighbourhood__direct_rates') }}
),

areas as (
    select
        neighbourhood_id,
        geography_type,
        lsoa_code
    from {{ ref('int_place__neighbourhood_lsoas') }}
),

period_facts as (
    select distinct
        source_fact,
        population_fact,
        period_start_date
    from {{ ref('int_neighbourhood__period_months') }}
),

-- What everybody's rates would bring to the people, or the events, of each LSOA.
expected_per_head as (
    select
        reference_rates.indicator_id,
        populations.lsoa_code,
        sum(populations.person_days) as person_days,
        sum(populations.person_days / 365.25 * reference_rates.rate) as expected,
        populations.period_start_date
    from populations
    inner join period_facts
        on
            populations.population_fact = period_facts.population_fact
            and populations.period_start_date = period_facts.period_start_date
    inner join indicators
        on
            period_facts.source_fact = indicators.covering_fact
            and indicators.denominator = 'person_days'
    inner join reference_rates
        on
            indicators.indicator_id = reference_rates.indicator_id
            and populations.period_start_date = reference_rates.period_start_date
            and populations.age_band = reference_rates.age_band
            and populations.sex = reference_rates.sex
    group by
        reference_rates.indicator_id,
        populations.lsoa_code,
        populations.period_start_date
),

-- An event that no rate expects, of somebody whose age or sex nobody knows, would be
-- an excess of the place where it happened; it is counted beside the others.
counted as (
    select
        cells.indicator_id,
        cells.lsoa_code,
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
            and cells.period_start_date = reference_rates.period_start_date
            and cells.age_band = reference_rates.age_band
            and cells.sex = reference_rates.sex
    group by cells.indicator_id, cells.lsoa_code, cells.period_start_date
),

-- Rounded, since floating sums in another order differ in their last digits; decimals
-- then add up to areas exactly.
together as (
    select
        indicator_id,
        lsoa_code,
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
        lsoa_code,
        observed,
        unplaced,
        cast(round(expected, 6) as decimal(24, 6)) as expected,
        0 as person_days,
        denominator_units,
        period_start_date
    from counted
),

summed as (
    select
        areas.neighbourhood_id,
        together.indicator_id,
        sum(together.observed) as observed,
        sum(together.unplaced) as unplaced,
        sum(together.expected) as expected,
        sum(together.person_days) as person_days,
        sum(together.denominator_units) as denominator_units,
        together.period_start_date
    from together
    inner join areas on together.lsoa_code = areas.lsoa_code
    group by
        areas.neighbourhood_id, together.indicator_id, together.period_start_date
),

-- How much more, or less, the numerator varies by chance than the count of a Poisson
-- law: above 1 where some people have many events or an event adds many days or
-- pounds, below 1 for a share.
dispersions as (
    select
        indicator_id,
        cast(
            sum(cast(numerator_squares as decimal(38, 6)))
            - sum(cast(numerator * numerator / denominator as decimal(38, 6)))
            as double
        ) / nullif(cast(sum(cast(numerator as decimal(24, 4))) as double), 0)
            as dispersion,
        cast(sum(cast(numerator as decimal(24, 4))) as double)
        / cast(sum(cast(denominator as decimal(24, 6))) as double) as city_rate,
        period_start_date
    from reference_rates
    group by indicator_id, period_start_date
),

-- Every area has every indicator in every period; what did not happen is zero.
spine as (
    select distinct
        areas.neighbourhood_id,
        areas.geography_type,
        indicators.indicator_id,
        indicators.denominator = 'person_days' as is_per_head,
        indicators.per = 100 as is_share,
        indicators.minimum_events,
        period_facts.period_start_date
    from areas
    cross join indicators
    inner join period_facts on indicators.covering_fact = period_facts.source_fact
)

select
    spine.neighbourhood_id,
    spine.geography_type,
    spine.indicator_id,
    cast(coalesce(summed.observed, 0) as double) as observed,
    cast(coalesce(summed.unplaced, 0) as double) as unplaced,
    cast(coalesce(summed.expected, 0) as double) as expected,
    cast(
        case
            when spine.is_per_head then coalesce(summed.person_days, 0) / 365.25
            else coalesce(summed.denominator_units, 0)
        end as double
    ) as denominator,
    -- Events per head are never surer than single, independent ones.
    case
        when spine.is_per_head then greatest(dispersions.dispersion, 1)
        else greatest(dispersions.dispersion, 0.001)
    end as dispersion,
    dispersions.city_rate,
    direct_rates.yearly_rate,
    direct_rates.yearly_rate_variance,
    spine.minimum_events,
    direct_rates.has_every_band,
    spine.is_per_head,
    spine.is_share,
    spine.period_start_date
from spine
left join summed
    on
        spine.neighbourhood_id = summed.neighbourhood_id
        and spine.indicator_id = summed.indicator_id
        and spine.period_start_date = summed.period_start_date
left join dispersions
    on
        spine.indicator_id = dispersions.indicator_id
        and spine.period_start_date = dispersions.period_start_date
left join direct_rates
    on
        spine.neighbourhood_id = direct_rates.neighbourhood_id
        and spine.indicator_id = direct_rates.indicator_id
        and spine.period_start_date = direct_rates.period_start_date
