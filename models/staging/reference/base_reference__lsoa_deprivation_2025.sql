with landed as (
    {{ read_feed(
        source('reference', 'lsoa_deprivation_2025'), ref('stg_feeds__files')
    ) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('lsoa21_code') }} as lsoa_code,
        {{ raw_integer('imd_decile') }} as imd_decile,
        {{ raw_integer('imd_rank') }} as imd_rank,
        {{ raw_number('imd_score') }} as imd_score
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
