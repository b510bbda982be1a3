with landed as (
    {{ read_feed(
        source('mental_health_mhsds', 'MHS501HospProvSpell'), ref('stg_feeds__files')
    ) }}
),

admission_methods as (
    select * from {{ ref('admission_methods') }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('OrgIDProv') }} as provider_code,
        {{ raw_text('HospProvSpellID') }} as spell_id,
        {{ raw_text('ServiceRequestId') }} as referral_id,
        {{ raw_text('LocalPatientId') }} as local_patient_id,
        {{ raw_text('MethAdmMHHospProvSpell') }} as admission_method_code,
        {{ raw_text('SourceAdmMHHospProvSpell') }} as admission_source_code,
        {{ raw_text('DestOfDischHospProvSpell') }} as discharge_destination_code,
        {{ raw_text('MethOfDischMHHospProvSpell') }} as discharge_method_code,
        {{ raw_date('StartDateHospProvSpell') }} as admission_date,
        {{ raw_date('DischDateHospProvSpell') }} as discharge_date,
        {{ raw_date('ReportingPeriodStartDate') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
