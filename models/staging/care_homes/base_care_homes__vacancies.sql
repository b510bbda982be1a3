with landed as (
    {{ read_feed(source('care_homes', 'vacancy'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('cqc_location_id') }} as cqc_location_id,
        {{ raw_integer('beds_available') }} as beds_available,
        {{ raw_integer('beds_occupied') }} as beds_occupied,
        {{ raw_integer('beds_vacant') }} as beds_vacant,
        {{ raw_date('week_start') }} as week_start
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
