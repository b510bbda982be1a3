with records as (
    select * from {{ ref('base_primary_care__long_term_conditions') }}
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
    nhs_number,
    practice_code,
    condition_code,
    file_id,
    line_number,
    diagnosis_date,
    resolved_date
from ranked
where recency = 1
