with records as (
    select * from {{ ref('base_care_homes__vacancies') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    cqc_location_id,
    file_id,
    line_number,
    beds_available,
    beds_occupied,
    beds_vacant,
    week_start
from latest
