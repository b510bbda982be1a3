with records as (
    select * from {{ ref('base_social_care_cld__events') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('social_care_cld') }} as source_record_id,
    provider_code,
    local_patient_id,
    nhs_number,
    forename,
    surname,
    sex,
    postcode,
    lsoa_code,
    ethnic_category_code,
    event_type,
    client_type,
    event_detail,
    route_of_access,
    assessment_type,
    service_type,
    service_component,
    delivery_mechanism,
    primary_support_reason,
    accommodation_status,
    funding_status,
    event_outcome,
    cqc_location_id,
    cost_frequency,
    file_id,
    line_number,
    unit_cost_gbp,
    planned_units_per_week,
    birth_date,
    start_date,
    end_date,
    period_start_date,
    period_end_date
from latest
