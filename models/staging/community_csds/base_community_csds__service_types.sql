with landed as (
    {{ read_feed(
        source('community_csds', 'CYP102ServiceTypeReferredTo'), ref('stg_feeds__files')
    ) }}
),

team_types as (
    select * from {{ ref('community_team_types') }}
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
        {{ raw_text('SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)') }}
            as team_type_code,
        {{ raw_text('CARE PROFESSIONAL TEAM LOCAL IDENTIFIER') }} as team_id,
        {{ raw_text('UNIQUE SUBMISSION ID') }} as submission_id,
        {{ raw_date('REFERRAL CLOSURE DATE') }} as closure_date,
        {{ raw_date('REPORTING PERIOD START DATE') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
