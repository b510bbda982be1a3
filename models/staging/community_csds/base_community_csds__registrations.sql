with landed as (
    {{ read_feed(source('community_csds', 'CYP002GP'), ref('stg_feeds__files')) }}
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
        {{ raw_text('GENERAL MEDICAL PRACTICE (PATIENT REGISTRATION)') }}
            as practice_code,
        {{ raw_text('UNIQUE SUBMISSION ID') }} as submission_id,
        {{ raw_date('START DATE (GMP PATIENT REGISTRATION)') }} as start_date,
        {{ raw_date('END DATE (GMP PATIENT REGISTRATION)') }} as end_date,
        {{ raw_date('REPORTING PERIOD START DATE') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
