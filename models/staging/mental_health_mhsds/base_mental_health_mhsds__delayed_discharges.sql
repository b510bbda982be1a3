with landed as (
    {{ read_feed(
        source('mental_health_mhsds', 'MHS504DelayedDischarge'), ref('stg_feeds__files')
    ) }}
),

attributions as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'mhsds_delay_attribution'
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
        {{ raw_text('DelayDischReason') }} as reason_code,
        {{ raw_text('AttribToIndic') }} as attribution_code,
        {{ raw_date('StartDateDelayDisch') }} as start_date,
        {{ raw_date('EndDateDelayDisch') }} as end_date,
        {{ raw_date('ReportingPeriodStartDate') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
