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

-- The parts of a split LSOA keep its rank. A merged LSOA takes the rank of its most
-- populous part, so that rank and decile remain a published pair.
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

ranked as (
    select
        both_vintages.*,
        rank() over (
            partition by both_vintages.imd_vintage, lsoas.city_id
            order by both_vintages.imd_rank
        ) as rank_in_city,
        count(*) over (
            partition by both_vintages.imd_vintage, lsoas.city_id
        ) as lsoas_in_city
    from both_vintages
    inner join lsoas on both_vintages.lsoa_code = lsoas.lsoa_code
),

-- Parts of a split LSOA share a rank and so a fifth; ntile would separate them.
fifths as (
    select
        ranked.lsoa_code,
        ranked.imd_vintage,
        ranked.imd_decile,
        ranked.imd_rank,
        cast(ceil(5.0e0 * ranked.rank_in_city / ranked.lsoas_in_city) as integer)
            as deprivation_fifth,
        ranked.imd_score,
        -- The exponential transformation that the index uses for its domains (constant
        -- 23), over all LSOAs of England: steeper among the most deprived.
        cast(
            -23 * ln(
                1
                - (1 - (ranked.imd_rank - 1.0e0) / vintages.england_lsoa_count)
                * (1 - exp(-100 / 23.0e0))
            ) as decimal(9, 4)
        ) as deprivation_score,
        vintages.valid_from_date as from_date,
        coalesce({{ add_days('vintages.valid_to_date', 1) }}, {{ open_end() }})
            as until_date
    from ranked
    inner join vintages on ranked.imd_vintage = vintages.imd_vintage
)

select * from fifths
