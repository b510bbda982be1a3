with landed as (
    {{ read_feed(
        source('primary_care', 'long_term_condition'), ref('stg_feeds__files')
    ) }}
),

long_term_conditions as (
    select * from {{ ref('long_term_conditions') }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('nhs_number') }} as nhs_number,
        {{ raw_text('practice_code') }} as practice_code,
        {{ raw_text('condition_code') }} as condition_code,
        {{ raw_date('diagnosis_date') }} as diagnosis_date,
        {{ raw_date('resolved_date') }} as resolved_date,
        cast(
            split_part(split_part(file_id, '/', 2), '__', 2) || '-01' as date
        ) as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
