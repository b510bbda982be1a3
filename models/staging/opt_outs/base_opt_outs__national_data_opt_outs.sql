with landed as (
    {{ read_feed(
        source('opt_outs', 'national_data_opt_out'), ref('stg_feeds__files')
    ) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('nhs_number') }} as nhs_number,
        {{ nhs_number_is_valid(raw_text('nhs_number')) }} as is_nhs_number_valid
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
