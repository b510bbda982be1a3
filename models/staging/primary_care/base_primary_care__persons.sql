with landed as (
    {{ read_feed(source('primary_care', 'PDS_Person'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('NHS Number') }} as nhs_number,
        {{ raw_text('RowID') }} as row_id,
        {{ raw_text('Given Name') }} as forename,
        {{ raw_text('Family Name') }} as surname,
        {{ sex(raw_text('Gender')) }} as sex,
        {{ raw_text('Ethnic Category') }} as ethnic_category_code,
        {{ nhs_number_is_valid(raw_text('NHS Number')) }} as is_nhs_number_valid,
        {{ raw_date('Date of Birth') }} as birth_date,
        {{ raw_date('Date of Death') }} as death_date,
        {{ raw_date('Person Business Effective From Date') }} as valid_from_date,
        {{ raw_date('Person Business Effective To Date') }} as valid_to_date,
        cast(
            split_part(split_part(file_id, '/', 2), '__', 2) || '-01' as date
        ) as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
