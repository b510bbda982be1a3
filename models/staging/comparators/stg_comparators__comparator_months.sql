with records as (
    select * from {{ ref('base_comparators__comparator_months') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    series,
    measure,
    file_id,
    line_number,
    event_count,
    denominator,
    month_start_date
from latest
