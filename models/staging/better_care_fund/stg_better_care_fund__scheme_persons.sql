with records as (
    select * from {{ ref('base_better_care_fund__scheme_persons') }}
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
    scheme_id,
    nhs_number,
    file_id,
    line_number
from ranked
where recency = 1
