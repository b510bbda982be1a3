with records as (
    select * from {{ ref('base_care_homes__vacancies') }}
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
    cqc_location_id,
    file_id,
    line_number,
    beds_available,
    beds_occupied,
    beds_vacant,
    week_start
from ranked
where recency = 1
