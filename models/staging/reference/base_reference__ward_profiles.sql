with landed as (
    {{ read_feed(source('reference', 'ward_profile'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('ward_code') }} as ward_code,
        {{ raw_text('ward_name') }} as ward_name,
        {{ raw_text('community_committee') }} as community_committee,
        {{ raw_integer('lsoa_count') }} as lsoa_count,
        {{ raw_integer('population') }} as population,
        {{ raw_integer('age_0_17') }} as population_0_17,
        {{ raw_integer('age_18_64') }} as population_18_64,
        {{ raw_integer('age_65_74') }} as population_65_74,
        {{ raw_integer('age_75_84') }} as population_75_84,
        {{ raw_integer('age_85_plus') }} as population_85_plus,
        {{ raw_number('imd_2025_score_mean') }} as imd_2025_score_mean,
        {{ raw_number('imd_2025_score_sd') }} as imd_2025_score_sd,
        {{ raw_number('share_of_lsoas_in_decile_1') }} as most_deprived_lsoa_share
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
