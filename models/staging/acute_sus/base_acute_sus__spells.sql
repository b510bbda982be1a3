with landed as (
    {{ read_feed(source('acute_sus', 'apc_spell'), ref('stg_feeds__files')) }}
),

admission_methods as (
    select * from {{ ref('admission_methods') }}
),

patient_classifications as (
    select * from {{ ref('patient_classifications') }}
),

discharge_destinations as (
    select * from {{ ref('discharge_destinations') }}
),

discharge_methods as (
    select * from {{ ref('discharge_methods') }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('spell.commissioning.service_agreement.provider') }}
            as provider_code,
        {{ raw_text('spell.hospital_provider_spell_number') }} as spell_number,
        {{ raw_text('PRIMARYKEY_ID') }} as spell_key,
        {{ raw_text('spell.patient.identity.local_patient_identifier.value') }}
            as local_patient_id,
        {{ raw_text('spell.patient.identity.nhs_number.value') }} as nhs_number,
        {{ raw_text('spell.patient.identity.nhs_number.status') }}
            as nhs_number_status_code,
        {{ raw_text('spell.patient.name.forename') }} as forename,
        {{ raw_text('spell.patient.name.surname') }} as surname,
        {{ sex(raw_text('spell.patient.identity.gender')) }} as sex,
        {{ raw_text('spell.patient.identity.ethnic_category') }}
            as ethnic_category_code,
        {{ raw_text('spell.patient.residence.postcode') }} as postcode,
        {{ raw_text('spell.patient.residence_derived.lsoa_11') }} as lsoa_code,
        {{ raw_text('spell.patient.registration.general_practice') }} as practice_code,
        {{ raw_text('spell.care_location.site_of_treatment') }} as site_code,
        {{ raw_text('spell.admission.method') }} as admission_method_code,
        {{ raw_text('spell.admission.source') }} as admission_source_code,
        {{ raw_text('spell.admission.time') }} as admission_time,
        {{ raw_text('spell.admission.patient_classification') }}
            as patient_classification_code,
        {{ raw_text('spell.discharge.destination') }} as discharge_destination_code,
        {{ raw_text('spell.discharge.method') }} as discharge_method_code,
        {{ raw_text('spell.commissioning.grouping.core_hrg') }} as hrg_code,
        {{ raw_text('spell.ambulance.incident_number') }} as ambulance_incident_number,
        {{ raw_number('spell.commissioning.tariff_calculation.final_price') }}
            as price_gbp,
        case {{ raw_text('spell.open_spell_indicator') }}
            when '1' then true
            when '0' then false
        end as is_open,
        case upper({{ raw_text('spell.discharge.to_hospital_at_home') }})
            when 'Y' then true
            when 'N' then false
        end as is_discharged_to_hospital_at_home,
        {{ raw_date('spell.patient.identity.birth_date') }} as birth_date,
        {{ raw_date('spell.admission.date') }} as admission_date,
        {{ raw_date('spell.discharge.date') }} as discharge_date,
        {{ raw_date('spell.discharge.ready_date') }} as ready_date,
        {{ raw_date('system.report.as_at') }} as report_date
    from landed
),

classified as (
    select
        *,
        coalesce(
            admission_method_code in (
                select admission_methods.code from admission_methods
                where admission_methods.is_birth
            ),
            false
        )
        or coalesce(admission_date = birth_date, false) as is_birth
    from renamed
),

judged as (
    {{ judge_rows('classified') }}
)

select * from judged
