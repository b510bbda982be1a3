with landed as (
    {{ read_feed(source('deaths', 'Deaths'), ref('stg_feeds__files')) }}
),

renamed as (
    select
        file_id,
        line_number,
        raw,
        raw_text,
        is_malformed,
        {{ file_sender() }} as provider_code,
        {{ raw_text('REG_NUMBER') }} as registration_number,
        cast(null as {{ dbt.type_string() }}) as local_patient_id,
        {{ raw_text('NHS Number') }} as nhs_number,
        {{ raw_text('DEC_FORENAMES') }} as forename,
        {{ raw_text('DEC_SURNAME') }} as surname,
        {{ sex(raw_text('DEC_SEX')) }} as sex,
        {{ raw_text('DEC_POSTCODE') }} as postcode,
        {{ raw_text('LSOA_OF_RESIDENCE_CODE') }} as lsoa_code,
        {{ raw_text('POD_ESTABLISHMENT_TYPE') }} as place_of_death,
        {{ raw_text('S_UNDERLYING_COD_ICD10') }} as underlying_cause_icd10,
        case {{ raw_text('POD_NHS_ESTABLISHMENT') }}
            when '1' then true
            when '2' then false
        end as is_nhs_establishment,
        {{ raw_date('DEC_DATE_OF_BIRTH') }} as birth_date,
        {{ raw_date('REG_DATE_OF_DEATH') }} as death_date,
        {{ raw_date('REG_DATE') }} as registration_date
    from landed
),

judged as (
    {{ judge_rows('renamed') }}
)

select * from judged
