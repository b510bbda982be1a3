{#- Feeds under a common pseudonym carry no names, only the month of birth. -#}
{%- set agreements_needed = 1 if var('feeds_are_pseudonymised') else 2 -%}

with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

usual_demographics as (
    select * from {{ ref('int_identity__usual_demographics') }}
),

-- Of the versions of a number's demographics the one that agrees best decides.
compared as (
    select
        source_records.source_record_id,
        max({{ agreements('source_records', 'usual_demographics') }})
            as agreement_count
    from source_records
    inner join usual_demographics
        on source_records.current_nhs_number = usual_demographics.nhs_number
    group by source_records.source_record_id
),

-- Twins share birth date and surname, so one with the other's number agrees on two of
-- three; but on all three with somebody else.
known_elsewhere as (
    select distinct source_records.source_record_id
    from source_records
    inner join usual_demographics
        on
            source_records.birth_date = usual_demographics.birth_date
            and source_records.comparable_surname
            = usual_demographics.comparable_surname
            and source_records.comparable_forename
            = usual_demographics.comparable_forename
),

numbered as (
    select
        source_records.*,
        compared.agreement_count,
        case
            when known_elsewhere.source_record_id is null then {{ agreements_needed }}
            else 3
        end as agreements_needed
    from source_records
    left join compared
        on source_records.source_record_id = compared.source_record_id
    left join known_elsewhere
        on source_records.source_record_id = known_elsewhere.source_record_id
),

verified as (
    select
        *,
        coalesce(agreement_count >= agreements_needed, false) as is_verified
    from numbered
),

-- An organisation's own number leads to a person when its verified records lead to one
-- person only.
local_numbers as (
    select
        provider_code,
        local_patient_id,
        min(current_nhs_number) as nhs_number
    from verified
    where is_verified and local_patient_id is not null
    group by provider_code, local_patient_id
    having count(distinct current_nhs_number) = 1
),

locally_compared as (
    select
        verified.source_record_id,
        min(local_numbers.nhs_number) as local_nhs_number,
        max({{ agreements('verified', 'usual_demographics') }}) as agreement_count
    from verified
    inner join local_numbers
        on
            verified.provider_code = local_numbers.provider_code
            and verified.local_patient_id = local_numbers.local_patient_id
    inner join usual_demographics
        on local_numbers.nhs_number = usual_demographics.nhs_number
    where not verified.is_verified
    group by verified.source_record_id
),

judged as (
    select
        verified.source_record_id,
        case
            when verified.is_verified then 'nhs:' || verified.current_nhs_number
            when locally_compared.agreement_count >= verified.agreements_needed
                then 'nhs:' || locally_compared.local_nhs_number
        end as person_key,
        case
            when verified.is_verified then 'verified_nhs_number'
            when locally_compared.agreement_count >= verified.agreements_needed
                then 'verified_local_number'
        end as method,
        case
            when verified.nhs_number is null then 'NHS number missing'
            when not verified.is_nhs_number_valid then 'NHS number not valid'
            else
                'NHS number agrees on ' || verified.agreement_count
                || ' of 3 demographics'
        end as reason,
        case
            when verified.is_verified then verified.agreement_count
            else
                coalesce(locally_compared.agreement_count, verified.agreement_count)
        end as agreement_count
    from verified
    left join locally_compared
        on verified.source_record_id = locally_compared.source_record_id
)

select * from judged
