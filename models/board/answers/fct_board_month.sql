with series as (
    select * from {{ ref('int_board__series') }}
),

charts as (
    select * from {{ ref('int_board__charts') }}
),

measures as (
    select * from {{ ref('board_measures') }}
)

select
    series.measure_id,
    series.neighbourhood_id,
    measures.measure_name,
    charts.no_chart_reason,
    charts.variation,
    series.released_count,
    charts.adjusted_rate_per_1000,
    charts.centre_rate_per_1000,
    charts.lower_limit_rate_per_1000,
    charts.upper_limit_rate_per_1000,
    series.month_start_date
from series
inner join charts
    on
        series.measure_id = charts.measure
        and series.neighbourhood_id = charts.neighbourhood_id
        and series.month_start_date = charts.month_start_date
inner join measures on series.measure_id = measures.measure_id
