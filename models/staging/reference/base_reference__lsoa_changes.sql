with landed as (
    {{ read_feed(source('reference', 'lsoa_change'), ref('stg_feeds__files')) }}
),

changes as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'lsoa_change'
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('lsoa11_code') }} as lsoa_2011_code,
        {{ raw_text('lsoa21_code') }} as lsoa_code,
        {{ raw_text('lsoa11_name') }} as lsoa_2011_name,
        {{ raw_text('change_code') }} as change_code,
        {{ raw_text('lsoa21_name') }} as lsoa_name,
        {{ raw_text('ltla22_name') }} as local_authority_name,
        {{ raw_text('ltla22_code') }} as local_authority_code
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
