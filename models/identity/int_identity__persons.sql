with spine as (
    select * from {{ ref('stg_primary_care__persons') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

links as (
    select * from {{ ref('int_identity__links') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

deaths as (
    select * from {{ ref('stg_deaths__deaths') }}
),

opt_outs as (
    select * from {{ ref('int_identity__opt_outs') }}
    where opt_out = 'national_data_opt_out'
),

-- The newest version of the number in use describes the person.
spine_versions as (
    select
        'nhs:' || coalesce(merged_numbers.current_nhs_number, spine.nhs_number)
            as person_key,
        spine.sex,
        spine.ethnic_category_code,
        spine.birth_date,
        spine.death_date,
        row_number() over (
            partition by coalesce(merged_numbers.current_nhs_number, spine.nhs_number)
            order by
                case when merged_numbers.current_nhs_number is null then 0 else 1 end,
                spine.valid_from_date desc,
                spine.nhs_number asc
        ) as recency
    from spine
    left join merged_numbers
        on spine.nhs_number = merged_numbers.superseded_nhs_number
),

spine_persons as (
    select * from spine_versions
    where recency = 1
),

record_persons as (
    select
        links.person_key,
        min(source_records.sex) as sex,
        min(source_records.birth_date) as birth_date
    from links
    inner join source_records
        on links.source_record_id = source_records.source_record_id
    group by links.person_key
),

-- Numbers under which organisations know people who are on no register. Of two people
-- under one number, the one who had it first is known by it.
local_numbers as (
    select
        links.person_key,
        'local:' || source_records.provider_code || ':'
        || source_records.local_patient_id as local_key,
        min(source_records.first_period_start_date) as first_date
    from links
    inner join source_records
        on links.source_record_id = source_records.source_record_id
    left join spine_persons on links.person_key = spine_persons.person_key
    where
        spine_persons.person_key is null
        and source_records.provider_code is not null
        and source_records.local_patient_id is not null
    group by
        links.person_key,
        source_records.provider_code,
        source_records.local_patient_id
),

first_holders as (
    select
        person_key,
        local_key,
        first_date
    from (
        select
            *,
            row_number() over (
                partition by local_key
                order by first_date asc nulls last, person_key asc
            ) as holder_number
        from local_numbers
    ) as held
    where holder_number = 1
),

local_keys as (
    select
        person_key,
        local_key
    from (
        select
            *,
            row_number() over (
                partition by person_key
                order by first_date asc nulls last, local_key asc
            ) as key_number
        from first_holders
    ) as ordered
    where key_number = 1
),

registered_deaths as (
    select
        links.person_key,
        min(deaths.death_date) as death_date
    from deaths
    inner join links on deaths.source_record_id = links.source_record_id
    group by links.person_key
),

-- An unlinked record with the number of a person who opted out is held back as well:
-- the number may be right although nothing confirms it.
opted_out as (
    select person_key from opt_outs
    union distinct
    select links.person_key
    from links
    inner join source_records
        on links.source_record_id = source_records.source_record_id
    inner join opt_outs
        on source_records.current_nhs_number = opt_outs.nhs_number
    where not links.is_linked
),

all_keys as (
    select person_key from spine_persons
    union distinct
    select person_key from record_persons
),

persons as (
    select
        all_keys.person_key,
        coalesce(local_keys.local_key, all_keys.person_key) as id_key,
        coalesce(spine_persons.sex, record_persons.sex) as sex,
        coalesce(spine_persons.ethnic_category_code, '99') as ethnic_category_code,
        spine_persons.person_key is not null as is_on_spine,
        opted_out.person_key is not null as is_opted_out,
        coalesce(spine_persons.birth_date, record_persons.birth_date) as birth_date,
        coalesce(registered_deaths.death_date, spine_persons.death_date) as death_date
    from all_keys
    left join spine_persons on all_keys.person_key = spine_persons.person_key
    left join record_persons on all_keys.person_key = record_persons.person_key
    left join local_keys on all_keys.person_key = local_keys.person_key
    left join registered_deaths on all_keys.person_key = registered_deaths.person_key
    left join opted_out on all_keys.person_key = opted_out.person_key
)

select * from persons
