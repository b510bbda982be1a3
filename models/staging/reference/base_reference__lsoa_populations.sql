with landed as (
    {{ read_feed(source('reference', 'lsoa_population'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('lsoa11_code') }} as lsoa_2011_code,
        {{ raw_text('lsoa11_name') }} as lsoa_2011_name,
        {{ raw_integer('total_population') }} as total_population,
        {%- for age in range(90) %}
            {{ raw_integer(age | string) }} as age_{{ age }},
        {%- endfor %}
        {{ raw_integer('90+') }} as age_90
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
