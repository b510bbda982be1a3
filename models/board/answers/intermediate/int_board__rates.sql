-- Rates of the city by age band. The suppressed bands together have what the others
-- leave of the city's count, divided by population.
with counts as (
    select * from {{ ref('fct_board_count') }}
),

measures as (
    select * from {{ ref('board_measures') }}
),

populations as (
    select * from {{ ref('int_board__populations') }}
    where geography_type = 'city'
),

totals as (
    select * from counts
    where
        geography_type = 'city'
        and part_type = 'all'
        and released_count is not null
),

bands as (
    select
        counts.measure_id,
        counts.part as age_band,
        counts.period_start_date,
        totals.released_count as city_count,
        counts.released_count,
        populations.population,
        counts.released_count is null as is_hidden
    from counts
    inner join totals
        on
            counts.measure_id = totals.measure_id
            and counts.period_start_date = totals.period_start_date
    inner join populations on counts.part = populations.age_band
    inner join measures
        on
            counts.measure_id = measures.measure_id
            and measures.denominator_measure_id is null
    where counts.part_type = 'age'
),

rest as (
    select
        measure_id,
        period_start_date,
        greatest(max(city_count) - coalesce(sum(released_count), 0), 0) as hidden_count,
        sum(case when is_hidden then population else 0 end) as hidden_population
    from bands
    group by measure_id, period_start_date
),

filled as (
    select
        bands.measure_id,
        bands.age_band,
        bands.period_start_date,
        bands.city_count,
        bands.population,
        case
            when bands.is_hidden
                then
                    rest.hidden_count * 1.0e0
                    * bands.population
                    / nullif(rest.hidden_population, 0)
            else bands.released_count
        end as band_count
    from bands
    inner join rest
        on
            bands.measure_id = rest.measure_id
            and bands.period_start_date = rest.period_start_date
),

-- Rounded parts do not quite add up to the rounded count of the city.
scaled as (
    select
        measure_id,
        age_band,
        period_start_date,
        cast(
            coalesce(band_count, 0)
            * city_count
            / nullif(
                sum(band_count) over (partition by measure_id, period_start_date), 0
            )
            / nullif(population, 0) as double
        ) as yearly_rate
    from filled
)

select * from scaled
where yearly_rate is not null
