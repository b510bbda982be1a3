with persons as (
    select * from {{ ref('stg_primary_care__persons') }}
),

merged_numbers as (
    select * from {{ ref('int_identity__merged_numbers') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

-- A record may still carry an earlier name, so every version counts.
on_spine as (
    select distinct
        coalesce(merged_numbers.current_nhs_number, persons.nhs_number) as nhs_number,
        {{ comparable_name('persons.forename') }} as comparable_forename,
        {{ comparable_name('persons.surname') }} as comparable_surname,
        persons.birth_date
    from persons
    left join merged_numbers
        on persons.nhs_number = merged_numbers.superseded_nhs_number
),

recorded as (
    select
        source_records.current_nhs_number as nhs_number,
        source_records.comparable_forename,
        source_records.comparable_surname,
        source_records.birth_date,
        count(*) as record_count
    from source_records
    where
        source_records.current_nhs_number is not null
        and not exists (
            select 1 from on_spine
            where on_spine.nhs_number = source_records.current_nhs_number
        )
    group by
        source_records.current_nhs_number,
        source_records.comparable_forename,
        source_records.comparable_surname,
        source_records.birth_date
),

-- How many records of the number have the same birth date, forename or surname.
supported as (
    select
        *,
        case
            when birth_date is null then 0
            else sum(record_count) over (partition by nhs_number, birth_date)
        end as date_count,
        sum(record_count) over (partition by nhs_number, comparable_forename)
        + sum(record_count) over (partition by nhs_number, comparable_surname)
            as name_count
    from recorded
),

off_spine as (
    select
        *,
        row_number() over (
            partition by nhs_number
            order by
                record_count desc,
                date_count desc,
                name_count desc,
                birth_date asc nulls last,
                comparable_surname asc nulls last,
                comparable_forename asc nulls last
        ) as commonness
    from supported
),

demographics as (
    select
        nhs_number,
        comparable_forename,
        comparable_surname,
        true as is_on_spine,
        birth_date
    from on_spine
    union all
    select
        nhs_number,
        comparable_forename,
        comparable_surname,
        false as is_on_spine,
        birth_date
    from off_spine
    where commonness = 1
)

select * from demographics
