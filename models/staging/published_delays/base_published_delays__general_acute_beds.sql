with landed as (
    {{ read_feed(
        source('published_delays', 'general_acute_bed'), ref('stg_feeds__files')
    ) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('nhs_trust22_code') }} as organisation_code,
        {{ raw_text('date') }} as month_as_published,
        {{ raw_number('general_acute_beds_available') }}
            as general_acute_beds_available,
        {{ raw_number('general_acute_beds_occupied') }} as general_acute_beds_occupied,
        {{ raw_number('general_acute_beds_occupancy_rate') }}
            as general_acute_occupancy_share,
        {{ raw_number('adult_general_acute_beds_available') }}
            as adult_general_acute_beds_available,
        {{ raw_number('adult_general_acute_beds_occupied') }}
            as adult_general_acute_beds_occupied,
        {{ raw_number('adult_general_acute_beds_occupancy_rate') }}
            as adult_general_acute_occupancy_share,
        {{ raw_number('paediatric_general_acute_beds_available') }}
            as paediatric_general_acute_beds_available,
        {{ raw_number('paediatric_general_acute_beds_occupied') }}
            as paediatric_general_acute_beds_occupied,
        {{ raw_number('paediatric_general_acute_beds_occupancy_rate') }}
            as paediatric_general_acute_occupancy_share,
        {{ raw_number('adult_critical_care_beds_available') }}
            as adult_critical_care_beds_available,
        {{ raw_number('adult_critical_care_beds_occupied') }}
            as adult_critical_care_beds_occupied,
        {{ raw_number('adult_critical_care_occupancy_rate') }}
            as adult_critical_care_occupancy_share,
        {{ raw_number('paediatric_intensive_cared_beds_available') }}
            as paediatric_intensive_care_beds_available,
        {{ raw_number('paediatric_intensive_cared_beds_occupied') }}
            as paediatric_intensive_care_beds_occupied,
        {{ raw_number('paediatric_intensive_cared_occupancy_rate') }}
            as paediatric_intensive_care_occupancy_share,
        {{ raw_number('neonatal_intensive_care_bed_available') }}
            as neonatal_intensive_care_beds_available,
        {{ raw_number('neonatal_intensive_care_bed_occupied') }}
            as neonatal_intensive_care_beds_occupied,
        {{ raw_number('neonatal_intensive_care_occupancy_rate') }}
            as neonatal_intensive_care_occupancy_share,
        try_cast(
            split_part({{ raw_text('date') }}, ' ', 2)
            || case split_part({{ raw_text('date') }}, ' ', 1)
                when 'January' then '-01-01'
                when 'February' then '-02-01'
                when 'March' then '-03-01'
                when 'April' then '-04-01'
                when 'May' then '-05-01'
                when 'June' then '-06-01'
                when 'July' then '-07-01'
                when 'August' then '-08-01'
                when 'September' then '-09-01'
                when 'October' then '-10-01'
                when 'November' then '-11-01'
                when 'December' then '-12-01'
            end as date
        ) as month_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
