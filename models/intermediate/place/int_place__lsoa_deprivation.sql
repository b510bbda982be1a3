with deprivation_2019 as (
    select * from {{ ref('stg_reference__lsoa_deprivation_2019') }}
),

deprivation_2025 as (
    select * from {{ ref('stg_reference__lsoa_deprivation_2025') }}
),

changes as (
    select * from {{ ref('stg_reference__lsoa_changes') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

vintages as (
    select * from {{ ref('imd_vintages') }}
),

populations_2011 as (
    select
        lsoa_2011_code,
        sum(population) as population
    from {{ ref('stg_reference__lsoa_populations') }}
    group by lsoa_2011_code
),

-- The parts of a split LSOA keep its rank. A merged one takes that of its most populous
-- part, so that rank and decile stay a published pair.
carried_2019 as (
    select
        changes.lsoa_code,
        deprivation_2019.imd_decile,
        deprivation_2019.imd_rank,
        row_number() over (
            partition by changes.lsoa_code
            order by
                coalesce(populations_2011.population, 0) desc,
                changes.lsoa_2011_code asc
        ) as part_number
    from changes
    inner join deprivation_2019
        on changes.lsoa_2011_code = deprivation_2019.lsoa_2011_code
    left join populations_2011
        on changes.lsoa_2011_code = populations_2011.lsoa_2011_code
),

both_vintages as (
    select
        lsoa_code,
        2019 as imd_vintage,
        imd_decile,
        imd_rank,
        cast(null as double) as imd_score
    from carried_2019
    where part_number = 1
    union all
    select
        lsoa_code,
        2025 as imd_vintage,
        imd_decile,
        imd_rank,
        imd_score
    from deprivation_2025
),

-- Equal ranks (parts of a split LSOA) stay in one fifth.
ranked as (
    select
        both_vintages.lsoa_code,
        both_vintages.imd_vintage,
        both_vintages.imd_decile,
        both_vintages.imd_rank,
        cast(
            ceil(
                5.0
                * rank() over (
                    partition by both_vintages.imd_vintage, lsoas.city_id
                    order by both_vintages.imd_rank
                )
                / count(*) over (
                    partition by both_vintages.imd_vintage, lsoas.city_id
                )
            ) as integer
        ) as deprivation_fifth,
        both_vintages.imd_score,
        vintages.valid_from_date,
        vintages.valid_to_date
    from both_vintages
    inner join lsoas on both_vintages.lsoa_code = lsoas.lsoa_code
    inner join vintages on both_vintages.imd_vintage = vintages.imd_vintage
)

select * from ranked
