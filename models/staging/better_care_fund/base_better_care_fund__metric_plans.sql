with landed as (
    {{ read_feed(
        source('better_care_fund', 'metric_plan'), ref('stg_feeds__files')
    ) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('metric_code') }} as metric_code,
        {{ raw_text('financial_year') }} as financial_year,
        {{ raw_integer('quarter') }} as quarter,
        {{ raw_number('planned_value') }} as planned_value
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
