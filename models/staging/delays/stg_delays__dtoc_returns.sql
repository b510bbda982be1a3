with records as (
    select * from {{ ref('base_delays__dtoc_returns') }}
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
    organisation_code,
    care_type,
    reason_code,
    responsible_body,
    file_id,
    line_number,
    delayed_days,
    month
from ranked
where recency = 1
