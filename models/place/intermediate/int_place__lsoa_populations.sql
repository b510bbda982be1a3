with populations as (
    select * from {{ ref('stg_reference__lsoa_populations') }}
),

changes as (
    select * from {{ ref('stg_reference__lsoa_changes') }}
),

parts as (
    select
        lsoa_2011_code,
        lsoa_code,
        row_number() over (
            partition by lsoa_2011_code order by lsoa_code
        ) as part_number,
        count(*) over (partition by lsoa_2011_code) as part_count
    from changes
),

-- A split LSOA's residents are divided equally, in whole people. The remainder goes to
-- the parts in turn, starting with a different part at each age, so that no part gains
-- at every age and the totals stay as published.
shared as (
    select
        parts.lsoa_code,
        populations.age,
        floor(populations.population / parts.part_count)
        + case
            when
                (parts.part_number + populations.age) % parts.part_count
                < populations.population % parts.part_count
                then 1
            else 0
        end as population
    from populations
    inner join parts on populations.lsoa_2011_code = parts.lsoa_2011_code
),

by_age as (
    select
        lsoa_code,
        age,
        cast(sum(population) as integer) as population
    from shared
    group by lsoa_code, age
)

select * from by_age
