with landed as (
    {{ read_feed(
        source('reference', 'population_projection'), ref('stg_feeds__files')
    ) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_integer('year') }} as year,
        {{ raw_integer('age') }} as age,
        {{ raw_integer('females') }} as females,
        {{ raw_integer('males') }} as males
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
