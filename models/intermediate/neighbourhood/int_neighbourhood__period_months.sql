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

-- A year that begins with a quarter and wholly lies in the calendar, but for the end of
-- its last month.
periods as (
    select
        first_months.month_start_date as period_start_date,
        cast(
            {{ dbt.dateadd('month', 12, 'first_months.month_start_date') }} as date
        ) as next_period_start_date,
        extract(month from first_months.month_start_date) = 4 as is_financial_year
    from months as first_months
    inner join months as last_months
        on
            cast(
                {{ dbt.dateadd('month', 11, 'first_months.month_start_date') }} as date
            ) = last_months.month_start_date
    where extract(month from first_months.month_start_date) in (1, 4, 7, 10)
),

-- What nobody delivered is not zero: months before a fact's first record with a patient
-- and months in which its feed fell silent count neither events nor days.
covered as (
    select
        periods.period_start_date,
        facts.source_fact,
        months.month_start_date,
        months.day_count,
        case
            when
                facts.source_fact = 'none'
                or (
                    completeness.is_delivered
                    and not coalesce(
                        months.is_complete
                        and completeness.usual_count >= {{ var('silent_usual_count') }}
                        and completeness.share_of_usual_count
                        < {{ var('silent_share') }},
                        false
                    )
                )
                then 1
            else 0
        end as is_covered,
        {{ dbt.datediff(
            'months.month_start_date', 'months.next_month_start_date', 'day'
        ) }} as month_days,
        periods.is_financial_year,
        cast({{ add_days(
            'least(periods.next_period_start_date, '
            ~ add_days(as_of_date(), 1) ~ ')', -1
        ) }} as date) as period_end_date
    from periods
    inner join months
        on
            periods.period_start_date <= months.month_start_date
            and periods.next_period_start_date > months.month_start_date
    cross join facts
    left join completeness
        on
            facts.source_fact = completeness.fact
            and months.month_start_date = completeness.month_start_date
),

described as (
    select
        *,
        sum(is_covered * day_count) over period_facts as covered_days,
        sum(is_covered * day_count * 1.0 / month_days) over period_facts
            as months_covered,
        -- Months of a period are twelve bits of a number: facts with the same number
        -- cover the same months.
        sum(
            is_covered * power(
                2,
                {{ dbt.datediff('period_start_date', 'month_start_date', 'month') }}
            )
        ) over period_facts as covered_months_code
    from covered
    window period_facts as (partition by period_start_date, source_fact)
)

select
    source_fact,
    min(source_fact) over (partition by period_start_date, covered_months_code)
        as population_fact,
    cast(covered_days as integer) as covered_days,
    cast(round(months_covered, 6) as double) as months_covered,
    -- Consecutive quarters differ by one.
    cast(
        extract(year from month_start_date) * 4
        + extract(quarter from month_start_date) as integer
    ) as quarter_number,
    is_covered = 1 as is_covered,
    is_financial_year,
    month_start_date,
    period_start_date,
    period_end_date
from described
