with records as (
    select * from {{ ref('base_community_csds__registrations') }}
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
    provider_code,
    local_patient_id,
    practice_code,
    file_id,
    line_number,
    start_date,
    end_date
from ranked
where recency = 1
