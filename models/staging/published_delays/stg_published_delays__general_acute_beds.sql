with records as (
    select * from {{ ref('base_published_delays__general_acute_beds') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    organisation_code,
    month_as_published,
    file_id,
    line_number,
    general_acute_beds_available,
    general_acute_beds_occupied,
    general_acute_occupancy_share,
    adult_general_acute_beds_available,
    adult_general_acute_beds_occupied,
    adult_general_acute_occupancy_share,
    paediatric_general_acute_beds_available,
    paediatric_general_acute_beds_occupied,
    paediatric_general_acute_occupancy_share,
    adult_critical_care_beds_available,
    adult_critical_care_beds_occupied,
    adult_critical_care_occupancy_share,
    paediatric_intensive_care_beds_available,
    paediatric_intensive_care_beds_occupied,
    paediatric_intensive_care_occupancy_share,
    neonatal_intensive_care_beds_available,
    neonatal_intensive_care_beds_occupied,
    neonatal_intensive_care_occupancy_share,
    month_start_date
from latest
