with projections as (
    select * from {{ ref('stg_reference__population_projections') }}
),

banded as (
    select
        year,
        sex,
        {{ age_band('age') }} as age_band,
        population
    from projections
)

select
    year,
    sex || ' ' || age_band as cell,
    cast(sum(population) as double) as population
from banded
where year >= extract(year from {{ as_of_date() }})
group by year, sex, age_band
