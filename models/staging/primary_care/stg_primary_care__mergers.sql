with records as (
    select * from {{ ref('base_primary_care__mergers') }}
    where failed_rule is null
),

-- The register corrects a row of a person, also its key, under the number that the row
-- keeps. Who numbers rows anew, or apart from others, does not replace another's.
numbered as (
    select
        *,
        row_number() over (
            partition by {{ file_sender() }}, nhs_number, row_id
            order by {{ latest_first() }}
        ) as row_recency
    from records
),

corrected as (
    select * from numbered
    where row_recency = 1 or row_id is null
),

latest as (
    {{ latest_of('corrected') }}
)

select
    superseded_nhs_number,
    nhs_number,
    row_id,
    file_id,
    line_number,
    merged_date
from latest
