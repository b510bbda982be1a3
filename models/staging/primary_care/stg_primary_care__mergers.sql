with records as (
    select * from {{ ref('base_primary_care__mergers') }}
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
    superseded_nhs_number,
    nhs_number,
    row_id,
    file_id,
    line_number,
    merged_date
from ranked
where recency = 1
