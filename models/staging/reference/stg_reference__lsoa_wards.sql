with records as (
    select * from {{ ref('base_reference__lsoa_wards') }}
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
    lsoa_code,
    lsoa_name,
    ward_name,
    ward_code,
    local_authority_name,
    local_authority_code,
    file_id,
    line_number
from ranked
where recency = 1
