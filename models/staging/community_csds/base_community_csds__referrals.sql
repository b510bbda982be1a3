with landed as (
    {{ read_feed(source('community_csds', 'CYP101Referral'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('ORGANISATION IDENTIFIER (CODE OF PROVIDER)') }} as provider_code,
        {{ raw_text('SERVICE REQUEST IDENTIFIER') }} as referral_id,
        {{ raw_text('LOCAL PATIENT IDENTIFIER (EXTENDED)') }} as local_patient_id,
        {{ raw_text('SOURCE OF REFERRAL FOR COMMUNITY') }} as referral_source_code,
        {{ raw_text('PRIORITY TYPE CODE') }} as priority_code,
        {{ raw_text('PRIMARY REASON FOR REFERRAL (COMMUNITY CARE)') }}
            as primary_reason_code,
        {{ raw_text('UNIQUE SUBMISSION ID') }} as submission_id,
        {{ raw_date('REFERRAL REQUEST RECEIVED DATE') }} as referral_date,
        {{ raw_date('SERVICE DISCHARGE DATE') }} as discharge_date,
        {{ raw_date('REPORTING PERIOD START DATE') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
