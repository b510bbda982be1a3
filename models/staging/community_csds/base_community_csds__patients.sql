with landed as (
    {{ read_feed(source('community_csds', 'CYP001MPI'), ref('stg_feeds__files')) }}
),

sex_codes as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'person_stated_gender'
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('ORGANISATION IDENTIFIER (CODE OF PROVIDER)') }} as provider_code,
        {{ raw_text('LOCAL PATIENT IDENTIFIER (EXTENDED)') }} as local_patient_id,
        {{ raw_text('PERSON ID') }} as national_person_id,
        {{ raw_text('NHS NUMBER') }} as nhs_number,
        {{ raw_text('NHS NUMBER STATUS INDICATOR CODE') }} as nhs_number_status_code,
        {{ raw_text('PERSON GIVEN NAME') }} as forename,
        {{ raw_text('PERSON FAMILY NAME') }} as surname,
        {{ raw_text('PERSON STATED GENDER CODE') }} as sex_code,
        {{ sex(raw_text('PERSON STATED GENDER CODE')) }} as sex,
        {{ raw_text('ETHNIC CATEGORY') }} as ethnic_category_code,
        {{ raw_text('POSTCODE') }} as postcode,
        {{ raw_text('LOWER SUPER OUTPUT AREA (RESIDENCE)') }} as lsoa_code,
        {{ raw_text('UNIQUE SUBMISSION ID') }} as submission_id,
        {{ raw_date('PERSON BIRTH DATE') }} as birth_date,
        {{ raw_date('PERSON DEATH DATE') }} as death_date,
        {{ raw_date('REPORTING PERIOD START DATE') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
