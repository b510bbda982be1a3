with landed as (
    {{ read_feed(
        source('primary_care', 'PDS_Person_Merger'), ref('stg_feeds__files')
    ) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('Superseded NHS Number') }} as superseded_nhs_number,
        {{ raw_text('NHS Number') }} as nhs_number,
        {{ raw_text('RowID') }} as row_id,
        {{ nhs_number_is_valid(raw_text('Superseded NHS Number')) }}
        and {{ nhs_number_is_valid(raw_text('NHS Number')) }}
            as has_valid_numbers,
        {{ raw_date('Person Merger Business Effective From Date') }} as merged_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
