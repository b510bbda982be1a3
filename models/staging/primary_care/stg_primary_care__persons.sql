with records as (
    select * from {{ ref('base_primary_care__persons') }}
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
    nhs_number,
    row_id,
    forename,
    surname,
    sex,
    ethnic_category_code,
    file_id,
    line_number,
    birth_date,
    death_date,
    valid_from_date,
    valid_to_date
from latest
