with counted_months as (
    select * from {{ ref('int_person_time__counted_months') }}
),

indicator_measures as (
    select * from {{ ref('int_neighbourhood__indicator_measures') }}
),

period_months as (
    select * from {{ ref('int_neighbourhood__period_months') }}
    where is_covered
),

-- Which months count for a measure depends on the fact whose feed may have been silent.
measure_months as (
    select distinct
        indicator_measures.measure,
        indicator_measures.measure_number,
        period_months.month_start_date,
        period_months.period_start_date,
        cast(date_trunc('quarter', period_months.month_start_date) as date)
            as quarter_start_date
    from indicator_measures
    inner join period_months
        on indicator_measures.source_fact = period_months.source_fact
),

covered_months as (
    select distinct
        measure,
        measure_number,
        month_start_date,
        quarter_start_date
    from measure_months
),

measure_quarters as (
    select distinct
        measure_number,
        quarter_start_date,
        period_start_date
    from measure_months
),

-- Periods are made of quarters, so tens of millions of rows are added up by quarter
-- before each of them counts in up to four periods.
person_quarters as (
    select
        counted_months.person_number,
        counted_months.residence,
        counted_months.registration,
        covered_months.measure_number,
        counted_months.age_band,
        counted_months.sex,
        cast(sum(counted_months.amount) as decimal(18, 4)) as amount,
        cast(sum(counted_months.whole_amount) as bigint) as whole_amount,
        cast(sum(counted_months.event_squares) as bigint) as event_squares,
        covered_months.quarter_start_date
    from counted_months
    inner join covered_months
        on
            counted_months.measure = covered_months.measure
            and counted_months.month_start_date = covered_months.month_start_date
    group by
        counted_months.person_number,
        counted_months.residence,
        counted_months.registration,
        covered_months.measure_number,
        counted_months.age_band,
        counted_months.sex,
        covered_months.quarter_start_date
),

placed as (
    select
        person_number,
        small_area_code,
        measure_number,
        age_band,
        sex,
        amount,
        whole_amount,
        event_squares,
        quarter_start_date
    from person_quarters
    unpivot (small_area_code for area_basis in (residence, registration))
),

person_totals as (
    select
        placed.person_number,
        placed.small_area_code,
        placed.measure_number,
        placed.age_band,
        placed.sex,
        cast(sum(placed.amount) as decimal(18, 4)) as amount,
        cast(sum(placed.whole_amount) as bigint) as whole_amount,
        cast(sum(placed.event_squares) as bigint) as event_squares,
        measure_quarters.period_start_date
    from placed
    inner join measure_quarters
        on
            placed.measure_number = measure_quarters.measure_number
            and placed.quarter_start_date = measure_quarters.quarter_start_date
    group by
        placed.person_number,
        placed.small_area_code,
        placed.measure_number,
        placed.age_band,
        placed.sex,
        measure_quarters.period_start_date
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
