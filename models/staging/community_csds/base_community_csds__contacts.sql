with landed as (
    {{ read_feed(
        source('community_csds', 'CYP201CareContact'), ref('stg_feeds__files')
    ) }}
),

attendance_statuses as (
    select * from {{ ref('attendance_statuses') }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('ORGANISATION IDENTIFIER (CODE OF PROVIDER)') }} as provider_code,
        {{ raw_text('CARE CONTACT IDENTIFIER') }} as contact_id,
        {{ raw_text('SERVICE REQUEST IDENTIFIER') }} as referral_id,
        {{ raw_text('CARE PROFESSIONAL TEAM LOCAL IDENTIFIER') }} as team_id,
        {{ raw_text('CONSULTATION MECHANISM (COMMUNITY CARE)') }} as mechanism_code,
        {{ raw_text('ACTIVITY LOCATION TYPE CODE') }} as location_type_code,
        {{ raw_text('ATTENDANCE STATUS') }} as attendance_status_code,
        {{ raw_text('CARE CONTACT TIME') }} as contact_time,
        {{ raw_text('UNIQUE SUBMISSION ID') }} as submission_id,
        {{ raw_integer('CLINICAL CONTACT DURATION OF CARE CONTACT') }}
            as duration_minutes,
        {{ raw_date('CARE CONTACT DATE') }} as contact_date,
        {{ raw_date('REPORTING PERIOD START DATE') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
