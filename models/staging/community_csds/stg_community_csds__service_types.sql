with records as (
    select * from {{ ref('base_community_csds__service_types') }}
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
    referral_id,
    team_type_code,
    team_id,
    file_id,
    line_number,
    closure_date
from ranked
where recency = 1
