with records as (
    select * from {{ ref('base_opt_outs__national_data_opt_outs') }}
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
    file_id,
    line_number
from ranked
where recency = 1
