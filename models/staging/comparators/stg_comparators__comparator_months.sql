with records as (
    select * from {{ ref('base_comparators__comparator_months') }}
    where failed_rule is null
),

ranked as (
    select
        *,
        row_number() over (
            partition by {{ grain() }}
            order by {{ latest_first() }}
        ) as recency
    from records
)

select
    series,
    measure,
    file_id,
    line_number,
    event_count,
    denominator,
    month_start_date
from ranked
where recency = 1
