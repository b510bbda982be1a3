with landed as (
    {{ read_feed(source('primary_care', 'PDS_Address'), ref('stg_feeds__files')) }}
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
        {{ raw_text('Postcode') }} as postcode,
        {{ raw_text('derCqcCareHomeCode') }} as cqc_location_id,
        {{ raw_text('derLocalAuthorityOfResidence') }} as local_authority_code,
        {{ raw_text('derCurrentyr2021LSOAofResidence_FromPostcode') }} as lsoa_code,
        {{ raw_date('Usual Address Business Effective From Date') }} as from_date,
        {{ raw_date('Usual Address Business Effective To Date') }} as to_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
