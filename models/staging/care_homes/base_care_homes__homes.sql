with landed as (
    {{ read_feed(source('care_homes', 'home'), ref('stg_feeds__files')) }}
),

care_home_types as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'care_home_type'
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('cqc_location_id') }} as cqc_location_id,
        {{ raw_text('home_name') }} as home_name,
        {{ raw_text('postcode') }} as postcode,
        {{ raw_text('lsoa_code') }} as lsoa_code,
        {{ raw_text('care_home_type') }} as care_home_type,
        {{ raw_integer('registered_beds') }} as registered_beds,
        {{ raw_date('opened_date') }} as opened_date,
        {{ raw_date('closed_date') }} as closed_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
