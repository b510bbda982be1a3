with landed as (
    {{ read_feed(
        source('primary_care', 'PDS_Patient_Care_Practice'), ref('stg_feeds__files')
    ) }}
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
        {{ raw_text('Primary Care Provider') }} as practice_code,
        {{ raw_text('Reason for Removal') }} as removal_reason,
        {{ raw_date(
            'Primary Care Provider Business Effective From Date'
        ) }} as from_date,
        {{ raw_date('Primary Care Provider Business Effective To Date') }} as to_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
