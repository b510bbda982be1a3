with slopes as (
    select * from {{ ref('int_board__inequality') }}
),

measures as (
    select * from {{ ref('board_measures') }}
)

select
    slopes.measure_id,
    measures.measure_name,
    slopes.null_reason,
    case
        when measures.denominator_measure_id is null then 'per 100,000 residents a year'
        else 'per 100'
    end as rate_unit,
    slopes.most_deprived_rate,
    slopes.least_deprived_rate,
    slopes.sii,
    slopes.sii_lower,
    slopes.sii_upper,
    slopes.period_start_date
from slopes
inner join measures on slopes.measure_id = measures.measure_id
