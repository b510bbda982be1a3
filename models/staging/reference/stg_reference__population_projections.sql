with records as (
    select * from {{ ref('base_reference__population_projections') }}
    where failed_rule is null
),

ranked as (
    select
        *,
        row_number() over (
            partition by year, age
            order by {{ latest_first() }}
        ) as recency
    from records
),

by_sex as (
    select
        'female' as sex,
        file_id,
        line_number,
        year,
        age,
        females as population
    from ranked
    where recency = 1
    union all
    select
        'male' as sex,
        file_id,
        line_number,
        year,
        age,
        males as population
    from ranked
    where recency = 1
)

select * from by_sex
