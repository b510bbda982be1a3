with landed as (
    {{ read_feed(
        source('published_delays', 'no_criteria_to_reside'), ref('stg_feeds__files')
    ) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('nhs_trust22_code') }} as organisation_code,
        {{ raw_integer('do_not_meet_criteria_to_reside') }}
            as without_criteria_to_reside_count,
        {{ raw_date('date') }} as report_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
