with landed as (
    {{ read_feed(
        source('mental_health_mhsds', 'MHS201CareContact'), ref('stg_feeds__files')
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
        {{ raw_text('OrgIDProv') }} as provider_code,
        {{ raw_text('CareContactId') }} as contact_id,
        {{ raw_text('ServiceRequestId') }} as referral_id,
        {{ raw_text('ConsMechanismMH') }} as mechanism_code,
        {{ raw_text('ActLocTypeCode') }} as location_type_code,
        {{ raw_text('AttendStatus') }} as attendance_status_code,
        {{ raw_text('CareContTime') }} as contact_time,
        {{ raw_integer('ClinContDurOfCareCont') }} as duration_minutes,
        {{ raw_date('CareContDate') }} as contact_date,
        {{ raw_date('ReportingPeriodStartDate') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
