with months as (
    select * from {{ ref('int_neighbourhood__small_area_months') }}
    where person_days > 0
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
    where is_covered and source_fact = population_fact
)

-- No rate can be calculated for people of unknown age or sex.
select
    period_months.population_fact,
    months.small_area_code,
    months.area_basis,
    months.age_band,
    months.sex,
    cast(sum(months.person_days) as bigint) as person_days,
    period_months.period_start_date
from months
inner join period_months
    on months.month_start_date = period_months.month_start_date
where months.age_band <> 'unknown' and months.sex <> 'unknown'
group by
    period_months.population_fact,
    months.small_area_code,
    months.area_basis,
    months.age_band,
    months.sex,
    period_months.period_start_date
