with records as (
    select * from {{ ref('base_published_delays__england_dtoc_days') }}
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
    care_type,
    reason_code,
    responsible_body,
    financial_year,
    month_name,
    reason_as_published,
    file_id,
    line_number,
    delayed_days,
    month_start_date
from ranked
where recency = 1
