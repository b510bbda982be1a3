with landed as (
    {{ read_feed(source('community_beds', 'bed_stay'), ref('stg_feeds__files')) }}
),

bed_purposes as (
    select * from {{ ref('community_bed_purposes') }}
),

admission_sources as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'community_bed_admission_source'
),

discharge_destinations as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'community_bed_discharge_destination'
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('provider_code') }} as provider_code,
        {{ raw_text('stay_id') }} as stay_id,
        {{ raw_text('local_patient_id') }} as local_patient_id,
        {{ raw_text('nhs_number') }} as nhs_number,
        {{ raw_text('forename') }} as forename,
        {{ raw_text('surname') }} as surname,
        {{ sex(raw_text('sex')) }} as sex,
        {{ raw_text('postcode') }} as postcode,
        {{ raw_text('lsoa_code') }} as lsoa_code,
        {{ raw_text('site_code') }} as site_code,
        {{ raw_text('bed_purpose') }} as bed_purpose,
        {{ raw_text('admission_source') }} as admission_source,
        {{ raw_text('discharge_destination') }} as discharge_destination,
        {{ raw_date('date_of_birth') }} as birth_date,
        {{ raw_date('referred_date') }} as referred_date,
        {{ raw_date('admitted_date') }} as admission_date,
        {{ raw_date('ready_date') }} as ready_date,
        {{ raw_date('discharged_date') }} as discharge_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
