with landed as (
    {{ read_feed(source('published_delays', 'discharge'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('nhs_trust22_code') }} as organisation_code,
        {{ raw_integer('discharged_by_1700') }} as discharged_by_1700_count,
        {{ raw_integer('discharged_between_1701_2359') }}
            as discharged_after_1700_count,
        {{ raw_integer('discharged_total') }} as discharged_count,
        {{ raw_date('date') }} as report_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
