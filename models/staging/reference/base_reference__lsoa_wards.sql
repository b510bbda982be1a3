with landed as (
    {{ read_feed(source('reference', 'lsoa_ward'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('lsoa21_code') }} as lsoa_code,
        {{ raw_text('lsoa21_name') }} as lsoa_name,
        {{ raw_text('ward24_name') }} as ward_name,
        {{ raw_text('ward24_code') }} as ward_code,
        {{ raw_text('ltla24_name') }} as local_authority_name,
        {{ raw_text('ltla24_code') }} as local_authority_code
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
