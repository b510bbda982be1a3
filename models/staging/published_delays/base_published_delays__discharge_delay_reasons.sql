with landed as (
    {{ read_feed(
        source('published_delays', 'discharge_delay_reason'), ref('stg_feeds__files')
    ) }}
),

-- Lines differ in dashes, question marks and no-break spaces (character 160): level
-- them here, so that group and reason read as in the seed discharge_delay_reasons.
levelled as (
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
        case lower(trim(split_part(delay_reason, '-', 1)))
            when 'capacity' then 'Capacity'
            when 'care transfer hub process' then 'Care transfer hub process'
            when 'hospital process' then 'Hospital process'
            when 'interface process' then 'Interface process'
            when 'wellbeing concerns' then 'Wellbeing concerns'
        end as reason_group,
        nullif(
            trim(substr(delay_reason, instr(delay_reason, '-') + 1)), ''
        ) as reason,
        {{ raw_text('nhs_trust22_name') }} as organisation_name,
        {{ raw_text('delay_reason') }} as reason_as_published,
        {{ raw_integer('delay_count') }} as delayed_patient_count,
        {{ raw_date('date') }} as report_date
    from levelled
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
