with counts as (
    select * from {{ ref('fct_board_count') }}
    where part_type = 'all'
),

measures as (
    select * from {{ ref('board_measures') }}
),

populations as (
    select * from {{ ref('int_board__populations') }}
),

rates as (
    select * from {{ ref('int_board__rates') }}
),

cities as (
    select * from counts
    where geography_type = 'city'
),

expected_of_people as (
    select
        rates.measure_id,
        populations.neighbourhood_id,
        rates.period_start_date,
        -- Sums of decimals do not depend on the order of the rows.
        cast(
            sum(
                cast(rates.yearly_rate * populations.population as decimal(28, 12))
            ) as double
        ) as expected
    from rates
    inner join populations on rates.age_band = populations.age_band
    group by rates.measure_id, populations.neighbourhood_id, rates.period_start_date
),

-- Residents of the ages that the measure counts.
denominators as (
    select
        measures.measure_id,
        populations.neighbourhood_id,
        sum(populations.population) as population
    from measures
    inner join populations
        on
            measures.age_from <= populations.age_group_from
            and coalesce(measures.age_to, populations.age_group_from)
            >= populations.age_group_from
    where measures.denominator_measure_id is null
    group by measures.measure_id, populations.neighbourhood_id
),

shares as (
    select
        counts.measure_id,
        counts.neighbourhood_id,
        counts.period_start_date,
        bases.released_count as denominator,
        city_bases.released_count as city_denominator
    from counts
    inner join measures on counts.measure_id = measures.measure_id
    inner join counts as bases
        on
            measures.denominator_measure_id = bases.measure_id
            and counts.neighbourhood_id = bases.neighbourhood_id
            and counts.period_start_date = bases.period_start_date
    inner join cities as city_bases
        on
            measures.denominator_measure_id = city_bases.measure_id
            and counts.period_start_date = city_bases.period_start_date
),

together as (
    select
        counts.measure_id,
        counts.neighbourhood_id,
        counts.geography_type,
        counts.released_count as observed,
        case
            when measures.denominator_measure_id is null
                then expected_of_people.expected
            else
                cities.released_count * 1.0e0
                * shares.denominator
                / nullif(shares.city_denominator, 0)
        end as expected,
        coalesce(shares.denominator, denominators.population) as denominator,
        cities.released_count as city_count,
        coalesce(shares.city_denominator, city_people.population) as city_denominator,
        measures.denominator_measure_id is not null as is_share,
        counts.period_start_date
    from counts
    inner join measures on counts.measure_id = measures.measure_id
    inner join cities
        on
            counts.measure_id = cities.measure_id
            and counts.period_start_date = cities.period_start_date
    left join expected_of_people
        on
            counts.measure_id = expected_of_people.measure_id
            and counts.neighbourhood_id = expected_of_people.neighbourhood_id
            and counts.period_start_date = expected_of_people.period_start_date
    left join denominators
        on
            counts.measure_id = denominators.measure_id
            and counts.neighbourhood_id = denominators.neighbourhood_id
    left join denominators as city_people
        on
            counts.measure_id = city_people.measure_id
            and cities.neighbourhood_id = city_people.neighbourhood_id
    left join shares
        on
            counts.measure_id = shares.measure_id
            and counts.neighbourhood_id = shares.neighbourhood_id
            and counts.period_start_date = shares.period_start_date
    where measures.age_from is not null
)

select
    measure_id,
    neighbourhood_id,
    geography_type,
    cast(observed as double) as observed,
    cast(expected as double) as expected,
    cast(denominator as double) as denominator,
    cast(
        city_count
        * case when is_share then 100.0e0 else 100000.0e0 end
        / nullif(city_denominator, 0) as double
    ) as city_rate,
    is_share,
    period_start_date
from together
