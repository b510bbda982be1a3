with landed as (
    {{ read_feed(
        source('social_care_cld', 'Adult_Social_Care_CLD'), ref('stg_feeds__files')
    ) }}
),

event_types as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'cld_event_type'
),

client_types as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'cld_client_type'
),

service_types as (
    select * from {{ ref('care_service_types') }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('LA Code') }} as provider_code,
        {{ raw_text('LA Person Unique Identifier') }} as local_patient_id,
        {{ raw_text('NHS Number') }} as nhs_number,
        {{ raw_text('Forename') }} as forename,
        {{ raw_text('Surname') }} as surname,
        {{ sex(raw_text('Gender')) }} as sex,
        {{ raw_text('Postcode') }} as postcode,
        {{ raw_text('dmLsoaFromSubmittedPostcode') }} as lsoa_code,
        {{ raw_text('Ethnicity') }} as ethnic_category_code,
        {{ raw_text('Event Reference') }} as event_reference,
        {{ raw_text('Event Type') }} as event_type,
        {{ raw_text('Client Type') }} as client_type,
        {{ raw_text('Request: Route of Access') }} as route_of_access,
        {{ raw_text('Assessment Type') }} as assessment_type,
        {{ raw_text('Service Type') }} as service_type,
        {{ raw_text('Service Component') }} as service_component,
        {{ raw_text('Delivery Mechanism') }} as delivery_mechanism,
        {{ raw_text('Primary Support Reason') }} as primary_support_reason,
        {{ raw_text('Accommodation Status') }} as accommodation_status,
        {{ raw_text('Client Funding Status') }} as funding_status,
        {{ raw_text('Event Outcome') }} as event_outcome,
        {{ raw_text('Provider CQC Location ID') }} as cqc_location_id,
        {{ raw_text('Cost Frequency (Unit Type)') }} as cost_frequency,
        {{ raw_number('Unit Cost') }} as unit_cost_gbp,
        {{ raw_number('Planned units per week') }} as planned_units_per_week,
        {{ raw_date_dmy('Date of Birth') }} as birth_date,
        {{ raw_date_dmy('Event Start Date') }} as start_date,
        {{ raw_date_dmy('Event End Date') }} as end_date,
        {{ raw_date_dmy('Reporting Period Start Date') }} as period_start_date,
        {{ raw_date_dmy('Reporting Period End Date') }} as period_end_date
    from landed
),

keyed as (
    select
        *,
        coalesce(
            route_of_access,
            assessment_type,
            service_type || coalesce(' / ' || service_component, ''),
            ''
        ) as event_detail
    from renamed
),

judged as (
    {{ judge_rows('keyed') }}
)

select * from judged
