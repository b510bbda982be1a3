with indicator_periods as (
    select * from {{ ref('int_neighbourhood__indicator_periods') }}
),

small_area_expected as (
    select * from {{ ref('int_neighbourhood__small_area_expected') }}
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
        area_basis,
        small_area_code
    from {{ ref('int_place__neighbourhood_small_areas') }}
),

summed as (
    select
        areas.neighbourhood_id,
        small_area_expected.indicator_id,
        sum(small_area_expected.observed) as observed,
        sum(small_area_expected.unplaced) as unplaced,
        sum(small_area_expected.expected) as expected,
        sum(small_area_expected.person_days) as person_days,
        sum(small_area_expected.denominator_units) as denominator_units,
        small_area_expected.period_start_date
    from small_area_expected
    inner join areas
        on small_area_expected.small_area_code = areas.small_area_code
    group by
        areas.neighbourhood_id,
        small_area_expected.indicator_id,
        small_area_expected.period_start_date
),

-- How many times more the numerator varies by chance than a Poisson count: above 1
-- where some people have many events or an event adds many days or pounds, below 1 for
-- a share.
dispersions as (
    select
        indicator_id,
        area_basis,
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
    group by indicator_id, area_basis, period_start_date
),

neighbourhoods as (
    select distinct
        neighbourhood_id,
        geography_type,
        area_basis
    from areas
),

-- Every area has every indicator in every period; zero where there are no events.
spine as (
    select
        neighbourhoods.neighbourhood_id,
        neighbourhoods.geography_type,
        neighbourhoods.area_basis,
        indicator_periods.*
    from indicator_periods
    cross join neighbourhoods
)

select
    spine.neighbourhood_id,
    spine.geography_type,
    spine.area_basis,
    spine.indicator_id,
    cast(coalesce(summed.observed, 0) as double) as observed,
    cast(coalesce(summed.unplaced, 0) as double) as unplaced,
    cast(coalesce(summed.expected, 0) as double) as expected,
    cast(
        case
            when spine.is_per_head then coalesce(summed.person_days, 0) / 365.25e0
            else coalesce(summed.denominator_units, 0)
        end as double
    ) as denominator,
    -- Events per head are never less variable than single, independent ones.
    case
        when spine.is_per_head then greatest(dispersions.dispersion, 1)
        else greatest(dispersions.dispersion, 0.001e0)
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
        and spine.area_basis = dispersions.area_basis
        and spine.period_start_date = dispersions.period_start_date
left join direct_rates
    on
        spine.neighbourhood_id = direct_rates.neighbourhood_id
        and spine.indicator_id = direct_rates.indicator_id
        and spine.period_start_date = direct_rates.period_start_date
