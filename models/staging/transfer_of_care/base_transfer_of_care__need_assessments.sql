with landed as (
    {{ read_feed(
        source('transfer_of_care', 'need_assessment'), ref('stg_feeds__files')
    ) }}
),

bed_kinds as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'transfer_of_care_bed_kind'
),

night_care_needs as (
    select * from {{ ref('night_care_needs') }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('provider_code') }} as provider_code,
        {{ raw_text('bed_kind') }} as bed_kind,
        {{ raw_text('stay_id') }} as stay_id,
        {{ raw_text('night_care_need') }} as night_care_need,
        {{ raw_text('has_carer') }} as has_carer,
        {{ raw_text('has_rehabilitation_goals') }} as has_rehabilitation_goals,
        {{ raw_integer('care_hours_per_week') }} as care_hours_per_week,
        {{ raw_date('assessed_date') }} as assessed_date,
        {{ raw_date('rehabilitation_goals_met_date') }}
            as rehabilitation_goals_met_date,
        {{ raw_date('home_care_available_date') }} as home_care_available_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
