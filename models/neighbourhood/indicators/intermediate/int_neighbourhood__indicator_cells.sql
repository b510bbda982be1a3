with measure_cells as (
    select * from {{ ref('int_neighbourhood__measure_cells') }}
),

indicator_measures as (
    select * from {{ ref('int_neighbourhood__indicator_measures') }}
),

small_areas as (
    select * from {{ ref('int_place__small_areas') }}
),

bands as (
    select * from {{ ref('european_standard_population') }}
),

-- Variance is between people's totals for events per head, and between events for
-- shares and means of events. A person of unknown age counts where every age does.
measured as (
    select
        indicator_measures.indicator_id,
        measure_cells.small_area_code,
        small_areas.area_basis,
        measure_cells.age_band,
        measure_cells.sex,
        measure_cells.amount,
        case
            when indicator_measures.is_per_head then measure_cells.person_squares
            else measure_cells.event_squares
        end as squares,
        indicator_measures.is_numerator,
        measure_cells.period_start_date
    from measure_cells
    inner join indicator_measures
        on measure_cells.measure_number = indicator_measures.measure_number
    inner join small_areas
        on measure_cells.small_area_code = small_areas.small_area_code
    left join bands on measure_cells.age_band = bands.age_band
    where coalesce(bands.age_from, 0) >= indicator_measures.age_from
)

select
    indicator_id,
    small_area_code,
    area_basis,
    age_band,
    sex,
    cast(sum(case when is_numerator then amount else 0 end) as decimal(18, 4))
        as numerator,
    cast(sum(case when is_numerator then squares else 0 end) as bigint)
        as numerator_squares,
    cast(sum(case when is_numerator then 0 else amount end) as bigint)
        as denominator_units,
    period_start_date
from measured
group by
    indicator_id, small_area_code, area_basis, age_band, sex, period_start_date
