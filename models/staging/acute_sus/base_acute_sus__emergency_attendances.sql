with landed as (
    {{ read_feed(source('acute_sus', 'emergency_care'), ref('stg_feeds__files')) }}
),

department_types as (
    select * from {{ ref('emergency_department_types') }}
),

attendance_categories as (
    select * from {{ ref('emergency_attendance_categories') }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('system.record.provider') }} as provider_code,
        {{ raw_text('attendance.unique_identifier') }} as attendance_id,
        {{ raw_text('patient.local_patient_identifier.value') }} as local_patient_id,
        {{ raw_text('patient.nhs_number.value') }} as nhs_number,
        {{ raw_text('patient.nhs_number.status') }} as nhs_number_status_code,
        {{ raw_text('patient.name.forename') }} as forename,
        {{ raw_text('patient.name.surname') }} as surname,
        {{ sex(raw_text('patient.stated_gender')) }} as sex,
        {{ raw_text('patient.ethnic_category') }} as ethnic_category_code,
        {{ raw_text('patient.usual_address.postcode') }} as postcode,
        {{ raw_text('patient.usual_address.lsoa_11') }} as lsoa_code,
        {{ raw_text('attendance.location.site') }} as site_code,
        {{ raw_text('attendance.location.department_type') }} as department_type_code,
        {{ raw_text('attendance.arrival.arrival_mode.code') }} as arrival_mode_code,
        {{ raw_text('attendance.arrival.time') }} as arrival_time,
        {{ raw_text('attendance.arrival.attendance_category') }}
            as attendance_category_code,
        {{ raw_text('attendance.arrival.ambulance_incident_number') }}
            as ambulance_incident_number,
        {{ raw_text('attendance.departure.time') }} as departure_time,
        {{ raw_text('attendance.discharge.status.code') }} as discharge_status_code,
        {{ raw_text('attendance.discharge.destination.code') }}
            as discharge_destination_code,
        {{ raw_text('clinical.chief_complaint.code') }} as chief_complaint_code,
        {{ raw_text('clinical.acuity.code') }} as acuity_code,
        {{ raw_number('commissioning.national_pricing.final_price') }} as price_gbp,
        {{ raw_date('patient.birth_date') }} as birth_date,
        {{ raw_date('attendance.arrival.date') }} as arrival_date,
        {{ raw_date('attendance.departure.date') }} as departure_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
