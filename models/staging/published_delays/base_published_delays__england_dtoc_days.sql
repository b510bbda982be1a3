with landed as (
    {{ read_feed(
        source('published_delays', 'england_dtoc_day'), ref('stg_feeds__files')
    ) }}
),

reasons as (
    select * from {{ ref('dtoc_reasons') }}
),

responsible_bodies as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'dtoc_responsible_body'
),

care_types as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'dtoc_care_type'
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('care_type') }} as care_type,
        split_part({{ raw_text('reason') }}, ')', 1) as reason_code,
        {{ raw_text('responsible_org') }} as responsible_body,
        {{ raw_text('fin_year') }} as financial_year,
        {{ raw_text('period_name') }} as month_name,
        {{ raw_text('reason') }} as reason_as_published,
        {{ raw_integer('delayed_days') }} as delayed_days,
        {{ raw_date('month') }} as month_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
