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
        max(
            case
                when source_records.birth_date = usual_demographics.birth_date
                    then 1
                else 0
            end
            + case
                when
                    source_records.comparable_surname
                    = usual_demographics.comparable_surname
                    then 1
                else 0
            end
            + case
                when
                    source_records.comparable_forename
                    = usual_demographics.comparable_forename
                    then 1
                else 0
            end
        ) as agreement_count
    from source_records
    inner join usual_demographics
        on source_records.current_nhs_number = usual_demographics.nhs_number
    group by source_records.source_record_id
),

decided as (
    select
        source_records.source_record_id,
        source_records.feed,
        source_records.current_nhs_number,
        source_records.nhs_number,
        source_records.is_nhs_number_valid,
        compared.agreement_count,
        coalesce(compared.agreement_count >= 2, false) as is_verified
    from source_records
    left join compared
        on source_records.source_record_id = compared.source_record_id
),

linked as (
    select
        source_record_id,
        feed,
        case
            when is_verified then 'nhs:' || current_nhs_number
            else 'record:' || source_record_id
        end as person_key,
        case
            when is_verified then 'verified_nhs_number'
            else 'own_person'
        end as method,
        case
            when is_verified
                then 'NHS number agrees on ' || agreement_count || ' of 3 demographics'
            when nhs_number is null then 'NHS number missing'
            when not is_nhs_number_valid then 'NHS number fails its check digit'
            else 'NHS number agrees on ' || agreement_count || ' of 3 demographics'
        end as reason,
        agreement_count
    from decided
)

select * from linked
