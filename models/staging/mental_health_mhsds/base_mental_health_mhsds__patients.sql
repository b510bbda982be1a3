with landed as (
    {{ read_feed(source('mental_health_mhsds', 'MHS001MPI'), ref('stg_feeds__files')) }}
),

sex_codes as (
    select * from {{ ref('short_code_lists') }}
    where code_list = 'person_stated_gender'
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ raw_text('OrgIDProv') }} as provider_code,
        {{ raw_text('LocalPatientId') }} as local_patient_id,
        {{ raw_text('NHSNumber') }} as nhs_number,
        {{ raw_text('PersonGivenName') }} as forename,
        {{ raw_text('PersonFamilyName') }} as surname,
        {{ raw_text('Gender') }} as sex_code,
        {{ sex(raw_text('Gender')) }} as sex,
        {{ raw_text('Postcode') }} as postcode,
        {{ raw_text('LSOA2021') }} as lsoa_code,
        {{ raw_text('EthnicCategory') }} as ethnic_category_code,
        {{ raw_text('NHSNumberStatus') }} as nhs_number_status_code,
        {{ raw_date('PersonBirthDate') }} as birth_date,
        {{ raw_date('PersDeathDate') }} as death_date,
        {{ raw_date('ReportingPeriodStartDate') }} as period_start_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
