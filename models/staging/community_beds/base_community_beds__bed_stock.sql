with landed as (
    {{ read_feed(source('community_beds', 'bed_stock'), ref('stg_feeds__files')) }}
),

bed_purposes as (
    select * from {{ ref('community_bed_purposes') }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('provider_code') }} as provider_code,
        {{ raw_text('site_code') }} as site_code,
        {{ raw_text('site_name') }} as site_name,
        {{ raw_text('site_postcode') }} as site_postcode,
        {{ raw_text('bed_purpose') }} as bed_purpose,
        {{ raw_integer('beds_open') }} as beds_open,
        {{ raw_date('month_start') }} as month_start
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
