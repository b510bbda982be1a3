with records as (
    select * from {{ ref('base_primary_care__registrations') }}
    where failed_rule is null
),

ranked as (
    select
        *,
        row_number() over (
            partition by {{ grain() }}
            order by file_id desc, line_number desc
        ) as recency
    from records
)

select
    nhs_number,
    row_id,
    practice_code,
    removal_reason,
    file_id,
    line_number,
    from_date,
    to_date
from ranked
where recency = 1
