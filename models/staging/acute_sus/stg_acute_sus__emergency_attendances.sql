with records as (
    select * from {{ ref('base_acute_sus__emergency_attendances') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('acute_sus') }} as source_record_id,
    provider_code,
    attendance_id,
    local_patient_id,
    nhs_number,
    nhs_number_status_code,
    forename,
    surname,
    sex,
    ethnic_category_code,
    postcode,
    lsoa_code,
    site_code,
    department_type_code,
    arrival_mode_code,
    arrival_time,
    attendance_category_code,
    ambulance_incident_number,
    departure_time,
    discharge_status_code,
    discharge_destination_code,
    chief_complaint_code,
    acuity_code,
    file_id,
    line_number,
    price_gbp,
    birth_date,
    arrival_date,
    departure_date
from latest
