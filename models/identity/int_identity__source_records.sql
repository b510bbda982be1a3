{%- set demographics = [
    'source_record_id', 'provider_code', 'local_patient_id', 'nhs_number', 'forename',
    'surname', 'sex', 'postcode', 'lsoa_code', 'birth_date', 'file_id'
] | join(', ') -%}

with files as (
    select * from {{ ref('stg_feeds__files') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

mentions as (
    select
        {{ demographics }},
        'acute_sus' as feed,
        ethnic_category_code,
        cast(null as date) as death_date
    from {{ ref('stg_acute_sus__spells') }}
    union all
    select
        {{ demographics }},
        'acute_sus' as feed,
        ethnic_category_code,
        cast(null as date) as death_date
    from {{ ref('stg_acute_sus__emergency_attendances') }}
    union all
    select
        {{ demographics }},
        'community_csds' as feed,
        ethnic_category_code,
        cast(null as date) as death_date
    from {{ ref('stg_community_csds__patients') }}
    union all
    select
        {{ demographics }},
        'community_beds' as feed,
        cast(null as {{ dbt.type_string() }}) as ethnic_category_code,
        cast(null as date) as death_date
    from {{ ref('stg_community_beds__bed_stays') }}
    union all
    select
        {{ demographics }},
        'mental_health_mhsds' as feed,
        ethnic_category_code,
        cast(null as date) as death_date
    from {{ ref('stg_mental_health_mhsds__patients') }}
    union all
    select
        {{ demographics }},
        'social_care_cld' as feed,
        ethnic_category_code,
        cast(null as date) as death_date
    from {{ ref('stg_social_care_cld__events') }}
    union all
    select
        {{ demographics }},
        'delays' as feed,
        cast(null as {{ dbt.type_string() }}) as ethnic_category_code,
        cast(null as date) as death_date
    from {{ ref('stg_delays__patient_delays') }}
    union all
    select
        {{ demographics }},
        'deaths' as feed,
        cast(null as {{ dbt.type_string() }}) as ethnic_category_code,
        death_date
    from {{ ref('stg_deaths__deaths') }}
),

-- The key is made from these columns, so all mentions of a record agree on them. LSOA
-- and ethnic category are not part of it, but one postcode always has the same LSOA.
records as (
    select
        mentions.source_record_id,
        any_value(mentions.feed) as feed,
        any_value(mentions.provider_code) as provider_code,
        any_value(mentions.local_patient_id) as local_patient_id,
        any_value(mentions.nhs_number) as nhs_number,
        any_value(mentions.forename) as forename,
        any_value(mentions.surname) as surname,
        any_value(mentions.sex) as sex,
        any_value(mentions.postcode) as postcode,
        min(mentions.lsoa_code) as lsoa_code,
        min(mentions.ethnic_category_code) as ethnic_category_code,
        any_value(mentions.birth_date) as birth_date,
        min(mentions.death_date) as death_date,
        min(files.period_start_date) as first_period_start_date,
        count(*) as mention_count
    from mentions
    left join files
        on mentions.feed = files.feed and mentions.file_id = files.file_id
    group by mentions.source_record_id
),

checked as (
    select
        *,
        {{ nhs_number_is_valid('nhs_number') }} as is_nhs_number_valid,
        {{ comparable_name('forename') }} as comparable_forename,
        {{ comparable_name('surname') }} as comparable_surname
    from records
),

numbered as (
    select
        checked.*,
        case
            when checked.is_nhs_number_valid
                then coalesce(merged_numbers.current_nhs_number, checked.nhs_number)
        end as current_nhs_number
    from checked
    left join merged_numbers
        on checked.nhs_number = merged_numbers.superseded_nhs_number
)

select * from numbered
