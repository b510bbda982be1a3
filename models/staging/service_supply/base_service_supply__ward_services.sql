with landed as (
    {{ read_feed(
        source('service_supply', 'ward_service'), ref('stg_feeds__files')
    ) }}
),

services as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'supply_service'
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('ward_code') }} as ward_code,
        {{ raw_text('service') }} as service,
        {{ raw_number('travel_minutes') }} as travel_minutes,
        {{ raw_number('capacity_per_1000') }} as capacity_per_1000
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
