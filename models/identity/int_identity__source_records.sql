{%- set person_bearing = [
    ('acute_sus', 'stg_acute_sus__spells'),
    ('acute_sus', 'stg_acute_sus__emergency_attendances'),
    ('community_csds', 'stg_community_csds__patients'),
    ('community_beds', 'stg_community_beds__bed_stays'),
    ('mental_health_mhsds', 'stg_mental_health_mhsds__patients'),
    ('social_care_cld', 'stg_social_care_cld__events'),
    ('delays', 'stg_delays__patient_delays'),
    ('deaths', 'stg_deaths__deaths'),
] -%}
{#- The feeds that record an ethnic category. -#}
{%- set with_ethnic_category = [
    'acute_sus', 'community_csds', 'mental_health_mhsds', 'social_care_cld'
] -%}

with mentions as (
    {%- for feed, model_name in person_bearing %}
        select
            source_record_id,
            '{{ feed }}' as feed,
            provider_code,
            local_patient_id,
            nhs_number,
            forename,
            surname,
            sex,
            postcode,
            lsoa_code,
            {{ "ethnic_category_code" if feed in with_ethnic_category
            else "cast(null as " ~ dbt.type_string() ~ ") as ethnic_category_code" }},
            birth_date,
            {{ "death_date" if feed == "deaths"
            else "cast(null as date) as death_date" }},
            cast(
                split_part(split_part(file_id, '/', 2), '__', 2) || '-01' as date
            ) as period_start_date
        from {{ ref(model_name) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

-- The key is made from these columns, so all mentions of a record agree on them; LSOA
-- and ethnic category are not part of it. The same postcode always has the same LSOA.
records as (
    select
        source_record_id,
        min(feed) as feed,
        min(provider_code) as provider_code,
        min(local_patient_id) as local_patient_id,
        min(nhs_number) as nhs_number,
        min(forename) as forename,
        min(surname) as surname,
        min(sex) as sex,
        min(postcode) as postcode,
        min(lsoa_code) as lsoa_code,
        min(ethnic_category_code) as ethnic_category_code,
        min(birth_date) as birth_date,
        min(death_date) as death_date,
        min(period_start_date) as first_period_start_date,
        count(*) as mention_count
    from mentions
    group by source_record_id
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
