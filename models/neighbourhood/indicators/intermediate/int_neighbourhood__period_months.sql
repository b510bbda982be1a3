with months as (
    select * from {{ ref('int_calendar__months') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

completeness as (
    select * from {{ ref('fct_completeness') }}
),

facts as (
    select distinct coalesce(source_fact, 'none') as source_fact
    from indicators
),

-- Twelve months from the first day of a quarter, all of them in the calendar; the last
-- one need not be over.
periods as (
    select
        first_months.month_start_date as period_start_date,
        last_months.until_date,
        extract(month from first_months.month_start_date) = 4 as is_financial_year
    from months as first_months
    inner join months as last_months
        on
            cast(
                {{ dbt.dateadd('month', 11, 'first_months.month_start_date') }} as date
            ) = last_months.month_start_date
    where extract(month from first_months.month_start_date) in (1, 4, 7, 10)
),

-- What was not delivered is not zero: neither events nor days count in months before a
-- fact's first record with a patient, or in months in which its feed fell silent.
covered as (
    select
        periods.period_start_date,
        facts.source_fact,
        months.month_start_date,
        months.day_count,
        {{ dbt.datediff(
            'months.month_start_date', 'months.until_date', 'day'
        ) }} as month_days,
        facts.source_fact = 'none'
        or coalesce(completeness.is_delivered, false)
        and not coalesce(
            months.is_complete
            and completeness.usual_count >= {{ var('silent_usual_count') }}
            and completeness.share_of_usual_count < {{ var('silent_share') }},
            false
        ) as is_covered,
        periods.is_financial_year,
        {{ add_days(
            'least(periods.until_date, ' ~ add_days(as_of_date(), 1) ~ ')', -1
        ) }} as period_end_date
    from periods
    inner join months
        on
            periods.period_start_date <= months.month_start_date
            and periods.until_date > months.month_start_date
    cross join facts
    left join completeness
        on
            facts.source_fact = completeness.fact
            and months.month_start_date = completeness.month_start_date
),

-- Facts that cover the same months of a period have the same population, which is
-- counted once.
same_months as (
    select
        covered.period_start_date,
        covered.source_fact,
        others.source_fact as other_fact
    from covered
    inner join covered as others
        on
            covered.period_start_date = others.period_start_date
            and covered.month_start_date = others.month_start_date
    group by covered.period_start_date, covered.source_fact, others.source_fact
    having bool_and(covered.is_covered = others.is_covered)
),

population_facts as (
    select
        period_start_date,
        source_fact,
        min(other_fact) as population_fact
    from same_months
    group by period_start_date, source_fact
),

period_coverage as (
    select
        period_start_date,
        source_fact,
        sum(case when is_covered then day_count else 0 end) as covered_days,
        sum(case when is_covered then day_count * 1.0e0 / month_days else 0 end)
            as months_covered
    from covered
    group by period_start_date, source_fact
)

select
    covered.source_fact,
    population_facts.population_fact,
    cast(period_coverage.covered_days as integer) as covered_days,
    cast(round(period_coverage.months_covered, 6) as double) as months_covered,
    covered.is_covered,
    covered.is_financial_year,
    covered.month_start_date,
    covered.period_start_date,
    covered.period_end_date
from covered
inner join population_facts
    on
        covered.period_start_date = population_facts.period_start_date
        and covered.source_fact = population_facts.source_fact
inner join period_coverage
    on
        covered.period_start_date = period_coverage.period_start_date
        and covered.source_fact = period_coverage.source_fact
