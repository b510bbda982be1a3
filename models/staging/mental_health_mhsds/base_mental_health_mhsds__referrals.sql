with landed as (
    {{ read_feed(
        source('mental_health_mhsds', 'MHS101Referral'), ref('stg_feeds__files')
    ) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('OrgIDProv') }} as provider_code,
        {{ raw_text('ServiceRequestId') }} as referral_id,
        {{ raw_text('LocalPatientId') }} as local_patient_id,
        {{ raw_text('SourceOfReferralMH') }} as referral_source_code,
        {{ raw_text('ClinRespPriorityType') }} as priority_code,
        {{ raw_text('PrimReasonReferralMH') }} as primary_reason_code,
        {{ raw_text('ServTeamType') }} as team_type_code,
        {{ raw_date('ReferralRequestReceivedDate') }} as referral_date,
        {{ raw_date('ServDischDate') }} as discharge_date,
        {{ raw_date('ReportingPeriodStartDate') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
