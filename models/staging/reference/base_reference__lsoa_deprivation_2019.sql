with landed as (
    {{ read_feed(
        source('reference', 'lsoa_deprivation_2019'), ref('stg_feeds__files')
    ) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('lsoa11_code') }} as lsoa_2011_code,
        {{ raw_integer('imd_decile') }} as imd_decile,
        {{ raw_integer('imd_rank') }} as imd_rank
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
