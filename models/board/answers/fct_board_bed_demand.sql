with nights as (
    select * from {{ ref('fct_board_count') }}
    where
        measure_id = 'community_bed_days'
        and released_count is not null
),

-- Residents of 65 and over, who use almost all community beds.
projected as (
    select
        year,
        sum(population) as population
    from {{ ref('stg_reference__population_projections') }}
    where age >= {{ var('older_age_years') }}
    group by year
),

last_nights as (
    select
        part as bed_purpose,
        released_count / 365.25e0 as mean_occupied_beds,
        period_start_date,
        period_end_date,
        row_number() over (partition by part order by period_start_date desc) as place
    from nights
),

projections as (
    select
        last_nights.bed_purpose,
        projected.year,
        last_nights.mean_occupied_beds * projected.population / now.population
            as beds,
        last_nights.period_start_date,
        last_nights.period_end_date
    from last_nights
    inner join projected as now
        on extract(year from last_nights.period_end_date) = now.year
    inner join projected on now.year <= projected.year
    where last_nights.place = 1
)

select
    bed_purpose,
    cast(year as integer) as year,
    cast(beds as double) as mean_occupied_beds,
    -- A census of independent stays varies like a Poisson count.
    cast(greatest(beds - 1.96e0 * sqrt(beds), 0) as double) as occupied_beds_lower,
    cast(beds + 1.96e0 * sqrt(beds) as double) as occupied_beds_upper,
    period_start_date,
    period_end_date
from projections
