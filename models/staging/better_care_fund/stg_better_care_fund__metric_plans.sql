with records as (
    select * from {{ ref('base_better_care_fund__metric_plans') }}
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
    metric_code,
    financial_year,
    file_id,
    line_number,
    quarter,
    planned_value
from ranked
where recency = 1
