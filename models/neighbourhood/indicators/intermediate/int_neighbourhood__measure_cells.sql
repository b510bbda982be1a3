with placed_events as (
    select * from {{ ref('int_person_time__placed_events') }}
),

indicator_measures as (
    select * from {{ ref('int_neighbourhood__indicator_measures') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
    where is_covered
),

-- A number in place of a name: tens of millions of rows are grouped by it.
persons as (
    select
        *,
        cast(row_number() over (order by person_id) as integer) as person_number
    from {{ ref('int_population__persons') }}
),

-- Which months count for a measure depends on the fact whose feed may have been silent.
measure_months as (
    select distinct
        indicator_measures.measure,
        indicator_measures.measure_number,
        period_months.month_start_date,
        period_months.period_start_date
    from indicator_measures
    inner join period_months
        on indicator_measures.source_fact = period_months.source_fact
),

-- A month is in up to four periods, which begin three months apart, so an event is here
-- up to four times.
events as (
    select
        persons.person_number,
        placed_events.small_area_code,
        measure_months.measure_number,
        coalesce(
            {{ age_band(
                age_on('placed_events.month_start_date', 'persons.birth_month')
            ) }},
            'unknown'
        ) as age_band,
        persons.sex,
        placed_events.amount,
        cast(round(placed_events.amount) as bigint) as whole_amount,
        measure_months.period_start_date
    from placed_events
    inner join measure_months
        on
            placed_events.measure = measure_months.measure
            and placed_events.month_start_date = measure_months.month_start_date
    inner join persons on placed_events.person_id = persons.person_id
),

person_totals as (
    select
        person_number,
        small_area_code,
        measure_number,
        age_band,
        sex,
        sum(amount) as amount,
        cast(sum(whole_amount) as bigint) as whole_amount,
        cast(sum(whole_amount * whole_amount) as bigint) as event_squares,
        period_start_date
    from events
    group by
        person_number,
        small_area_code,
        measure_number,
        age_band,
        sex,
        period_start_date
)

select
    small_area_code,
    measure_number,
    age_band,
    sex,
    cast(sum(amount) as decimal(18, 4)) as amount,
    cast(sum(event_squares) as bigint) as event_squares,
    cast(sum(whole_amount * whole_amount) as bigint) as person_squares,
    period_start_date
from person_totals
group by small_area_code, measure_number, age_band, sex, period_start_date
