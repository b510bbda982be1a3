with indicators as (
    select * from {{ ref('indicators') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
)

select distinct
    indicators.indicator_id,
    period_months.source_fact,
    period_months.population_fact,
    indicators.age_from,
    indicators.minimum_events,
    period_months.months_covered,
    indicators.denominator = 'person_days' as is_per_head,
    indicators.per = 100 as is_share,
    period_months.is_financial_year,
    period_months.period_start_date,
    period_months.period_end_date
from indicators
inner join period_months
    on coalesce(indicators.source_fact, 'none') = period_months.source_fact
