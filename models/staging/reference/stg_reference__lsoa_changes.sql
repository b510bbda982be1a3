with records as (
    select * from {{ ref('base_reference__lsoa_changes') }}
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
    lsoa_2011_code,
    lsoa_code,
    lsoa_2011_name,
    change_code,
    lsoa_name,
    local_authority_name,
    local_authority_code,
    file_id,
    line_number
from ranked
where recency = 1
