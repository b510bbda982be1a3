with usual_demographics as (
    select * from {{ ref('int_identity__usual_demographics') }}
),

spine as (
    select * from {{ ref('stg_primary_care__persons') }}
),

addresses as (
    select * from {{ ref('stg_primary_care__addresses') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

off_spine as (
    select nhs_number from usual_demographics
    where not is_on_spine
),

-- A number that is not on the register is known only from the records that carry it.
facts as (
    select
        coalesce(merged_numbers.current_nhs_number, spine.nhs_number) as nhs_number,
        min(spine.sex) as sex,
        max(spine.death_date) as death_date
    from spine
    left join merged_numbers
        on spine.nhs_number = merged_numbers.superseded_nhs_number
    group by coalesce(merged_numbers.current_nhs_number, spine.nhs_number)
    union all
    select
        current_nhs_number as nhs_number,
        min(sex) as sex,
        max(death_date) as death_date
    from source_records
    where current_nhs_number in (select off_spine.nhs_number from off_spine)
    group by current_nhs_number
),

homes as (
    select
        coalesce(merged_numbers.current_nhs_number, addresses.nhs_number)
            as nhs_number,
        addresses.postcode
    from addresses
    left join merged_numbers
        on addresses.nhs_number = merged_numbers.superseded_nhs_number
    union distinct
    select
        current_nhs_number as nhs_number,
        postcode
    from source_records
    where current_nhs_number in (select off_spine.nhs_number from off_spine)
),

versions as (
    select
        'nhs:' || usual_demographics.nhs_number as person_key,
        usual_demographics.nhs_number,
        usual_demographics.comparable_forename,
        usual_demographics.comparable_surname,
        facts.sex,
        homes.postcode,
        usual_demographics.is_on_spine,
        usual_demographics.birth_date,
        facts.death_date
    from usual_demographics
    inner join facts on usual_demographics.nhs_number = facts.nhs_number
    left join homes on usual_demographics.nhs_number = homes.nhs_number
)

select * from versions
