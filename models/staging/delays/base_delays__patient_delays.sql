with landed as (
    {{ read_feed(source('delays', 'patient_delay'), ref('stg_feeds__files')) }}
),

reasons as (
    select * from {{ ref('dtoc_reasons') }}
),

responsible_bodies as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'dtoc_responsible_body'
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('organisation_code') }} as organisation_code,
        {{ raw_text('organisation_code') }} as provider_code,
        {{ raw_text('delay_id') }} as delay_id,
        {{ raw_text('local_patient_id') }} as local_patient_id,
        {{ raw_text('nhs_number') }} as nhs_number,
        {{ raw_text('forename') }} as forename,
        {{ raw_text('surname') }} as surname,
        {{ sex(raw_text('sex')) }} as sex,
        {{ raw_text('postcode') }} as postcode,
        {{ raw_text('lsoa_code') }} as lsoa_code,
        {{ raw_text('bed_organisation_code') }} as bed_organisation_code,
        {{ raw_text('reason_code') }} as reason_code,
        {{ raw_text('responsible_body') }} as responsible_body,
        {{ raw_text('next_setting') }} as next_setting,
        {{ raw_date('date_of_birth') }} as birth_date,
        {{ raw_date('delay_start_date') }} as start_date,
        {{ raw_date('delay_end_date') }} as end_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
