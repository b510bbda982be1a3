with indicators as (
    select * from {{ ref('fct_board_indicator') }}
),

-- Metrics of the fund that yearly counts can tell of.
metrics as (
    select
        measure_id,
        measure_name
    from {{ ref('board_measures') }}
    where
        measure_id in (
            'emergency_admission_65_plus', 'new_long_term_admission_65_plus',
            'reablement_success_65_plus', 'fall_admission_65_plus'
        )
)

select
    metrics.measure_id,
    indicators.neighbourhood_id,
    indicators.geography_type,
    metrics.measure_name,
    indicators.area_name,
    indicators.null_reason,
    indicators.rate_unit,
    indicators.released_count,
    indicators.rate,
    indicators.rate_lower,
    indicators.rate_upper,
    indicators.period_start_date,
    indicators.period_end_date
from indicators
inner join metrics on indicators.measure_id = metrics.measure_id
where indicators.geography_type in ('city', 'neighbourhood_team')
