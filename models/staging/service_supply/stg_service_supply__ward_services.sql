with records as (
    select * from {{ ref('base_service_supply__ward_services') }}
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
    ward_code,
    service,
    file_id,
    line_number,
    travel_minutes,
    capacity_per_1000
from ranked
where recency = 1
