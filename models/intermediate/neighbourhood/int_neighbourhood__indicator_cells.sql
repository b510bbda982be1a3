with quarter_cells as (
    select * from {{ ref('int_neighbourhood__quarter_cells') }}
),

indicator_measures as (
    select * from {{ ref('int_neighbourhood__indicator_measures') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
),

-- Which quarters make a period, and how many of them came before each.
period_measures as (
    select distinct
        indicator_measures.*,
        period_months.period_start_date,
        period_months.quarter_number,
        period_months.quarter_number
        - min(period_months.quarter_number) over (
            partition by period_months.period_start_date
        ) as position
    from indicator_measures
    inner join period_months
        on indicator_measures.source_fact = period_months.source_fact
),

-- The square of a person's year is the squares of its quarters and twice the products
-- of every two of them, so that nobody need be counted once for each period.
period_cells as (
    select
        period_measures.indicator_id,
        quarter_cells.lsoa_code,
        quarter_cells.sex,
        quarter_cells.age_from,
        period_measures.period_start_date,
        sum(case when period_measures.is_numerator then quarter_cells.amount else 0 end)
            as numerator,
        sum(
            case
                when not period_measures.is_numerator then 0
                when not period_measures.is_per_head then quarter_cells.event_squares
                else
                    quarter_cells.person_squares
                    {%- for distance in [1, 2, 3] %}
                        + case
                            when period_measures.position >= {{ distance }}
                                then 2 * quarter_cells.products_{{ distance }}
                            else 0
                        end
                    {%- endfor %}
            end
        ) as numerator_squares,
        sum(case when period_measures.is_numerator then 0 else quarter_cells.amount end)
            as denominator_units
    from quarter_cells
    inner join period_measures
        on
            quarter_cells.measure_number = period_measures.measure_number
            and quarter_cells.quarter_number = period_measures.quarter_number
    where
        period_measures.age_from = 0
        or quarter_cells.age_from >= period_measures.age_from
    group by
        period_measures.indicator_id,
        quarter_cells.lsoa_code,
        quarter_cells.sex,
        quarter_cells.age_from,
        period_measures.period_start_date
)

select
    indicator_id,
    lsoa_code,
    coalesce({{ age_band('age_from') }}, 'unknown') as age_band,
    sex,
    cast(numerator as decimal(18, 4)) as numerator,
    cast(numerator_squares as bigint) as numerator_squares,
    cast(denominator_units as bigint) as denominator_units,
    period_start_date
from period_cells
