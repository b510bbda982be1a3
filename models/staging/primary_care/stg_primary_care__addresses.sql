with records as (
    select * from {{ ref('base_primary_care__addresses') }}
    where failed_rule is null
),

-- The register corrects a row, also its key, under the number that the row keeps.
numbered as (
    select
        *,
        row_number() over (
            partition by row_id
            order by {{ latest_first() }}
        ) as row_recency
    from records
),

ranked as (
    select
        *,
        row_number() over (
            partition by {{ grain() }}
            order by {{ latest_first() }}
        ) as recency
    from numbered
    where row_recency = 1 or row_id is null
)

select
    nhs_number,
    row_id,
    postcode,
    cqc_location_id,
    local_authority_code,
    lsoa_code,
    file_id,
    line_number,
    from_date,
    to_date
from ranked
where recency = 1
