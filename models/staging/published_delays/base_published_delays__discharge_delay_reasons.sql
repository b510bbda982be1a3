with landed as (
    {{ read_feed(
        source('published_delays', 'discharge_delay_reason'), ref('stg_feeds__files')
    ) }}
),

reasons as (
    select * from {{ ref('discharge_delay_reasons') }}
),

-- Dashes, question marks and no-break spaces (character 160) vary between lines. Here
-- they become the same, so that group and reason match the seed.
cleaned as (
    select
        *,
        replace(
            replace(
                replace(
                    replace({{ raw_text('delay_reason') }}, chr(160), ' '), '?', ' '
                ),
                '–', '-'
            ),
            ' /', '/'
        ) as delay_reason
    from landed
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('nhs_trust22_code') }} as organisation_code,
        upper(left(delay_reason, 1))
        || lower(trim(substr(split_part(delay_reason, '-', 1), 2))) as reason_group,
        nullif(
            trim(substr(delay_reason, instr(delay_reason, '-') + 1)), ''
        ) as reason,
        {{ raw_text('nhs_trust22_name') }} as organisation_name,
        {{ raw_text('delay_reason') }} as reason_as_published,
        {{ raw_integer('delay_count') }} as delayed_patient_count,
        {{ raw_date('date') }} as report_date
    from cleaned
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
