with landed as (
    {{ read_feed(source('comparators', 'comparator_month'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('series') }} as series,
        {{ raw_text('measure') }} as measure,
        {{ raw_number('count') }} as event_count,
        {{ raw_number('denominator') }} as denominator,
        {{ raw_date('month') }} as month_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
