with lsoa_months as (
    select * from {{ ref('int_neighbourhood__lsoa_months') }}
    where person_days > 0
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
    where is_covered and source_fact = population_fact
)

-- No rate can be calculated for people of unknown age or sex.
select
    period_months.population_fact,
    lsoa_months.lsoa_code,
    lsoa_months.age_band,
    lsoa_months.sex,
    cast(sum(lsoa_months.person_days) as bigint) as person_days,
    period_months.period_start_date
from lsoa_months
inner join period_months
    on lsoa_months.month_start_date = period_months.month_start_date
where lsoa_months.age_band <> 'unknown' and lsoa_months.sex <> 'unknown'
group by
    period_months.population_fact,
    lsoa_months.lsoa_code,
    lsoa_months.age_band,
    lsoa_months.sex,
    period_months.period_start_date
