with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

usual_demographics as (
    select * from {{ ref('int_identity__usual_demographics') }}
),

-- If a number has several versions of demographics, the one that agrees best counts.
compared as (
    select
        source_records.source_record_id,
        max({{ number_agreement('source_records', 'usual_demographics') }})
            as number_agreement,
        max({{ agreements('source_records', 'usual_demographics') }})
            as agreement_count
    from source_records
    inner join usual_demographics
        on source_records.current_nhs_number = usual_demographics.nhs_number
    group by source_records.source_record_id
),

-- Twins share date of birth and surname, so a twin's record with the other's number
-- agrees with it. It agrees on all three with another number.
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

verified as (
    select
        source_records.*,
        compared.agreement_count,
        compared.number_agreement,
        known_elsewhere.source_record_id is not null as is_known_elsewhere,
        coalesce(
            compared.number_agreement > 0
            and (
                known_elsewhere.source_record_id is null
                or compared.agreement_count = 3
            ),
            false
        ) as is_verified
    from source_records
    left join compared
        on source_records.source_record_id = compared.source_record_id
    left join known_elsewhere
        on source_records.source_record_id = known_elsewhere.source_record_id
),

-- A local patient number leads to a person when all verified records under it are about
-- that person.
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
        max({{ number_agreement('verified', 'usual_demographics') }})
            as number_agreement,
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
        verified.*,
        locally_compared.local_nhs_number,
        locally_compared.agreement_count as local_agreement_count,
        locally_compared.number_agreement as local_agreement,
        coalesce(
            locally_compared.number_agreement > 0
            and (
                not verified.is_known_elsewhere
                or locally_compared.agreement_count = 3
            ),
            false
        ) as is_locally_verified
    from verified
    left join locally_compared
        on verified.source_record_id = locally_compared.source_record_id
)

select
    source_record_id,
    case
        when is_verified then 'nhs:' || current_nhs_number
        when is_locally_verified then 'nhs:' || local_nhs_number
    end as person_key,
    case
        when is_verified then 'verified_nhs_number'
        when is_locally_verified then 'verified_local_number'
    end as method,
    case
        when nhs_number is null then 'NHS number missing'
        when not is_nhs_number_valid then 'NHS number not valid'
        when number_agreement > 0 and not is_verified
            then 'all else agrees with another NHS number'
        when number_agreement = 3 then 'NHS number and date of birth agree'
        when number_agreement = 2
            then 'NHS number, most of the date of birth and a name agree'
        when number_agreement = 1 then 'NHS number and both names agree'
        else
            'NHS number agrees on ' || agreement_count || ' of 3 demographics'
    end
    || case
        when not is_locally_verified or is_verified then ''
        when local_agreement = 3 then '; local number and date of birth agree'
        when local_agreement = 2
            then '; local number, most of the date of birth and a name agree'
        else '; local number and both names agree'
    end as reason,
    case
        when is_verified then agreement_count
        else coalesce(local_agreement_count, agreement_count)
    end as agreement_count
from judged
