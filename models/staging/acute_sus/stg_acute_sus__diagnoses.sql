with records as (
    select * from {{ ref('base_acute_sus__diagnoses') }}
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
    episode_key,
    spell_key,
    icd10_code,
    file_id,
    line_number,
    position
from ranked
where recency = 1
