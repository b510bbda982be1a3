with person_months as (
    select * from {{ ref('fct_person_month') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

conditions as (
    select * from {{ ref('int_population__conditions') }}
),

areas as (
    select * from {{ ref('int_place__neighbourhood_lsoas') }}
),

deprivation as (
    select * from {{ ref('int_place__lsoa_deprivation') }}
),

periods as (
    select distinct
        period_start_date,
        cast({{ dbt.dateadd('month', 6, 'period_start_date') }} as date)
            as middle_month_date
    from {{ ref('int_neighbourhood__period_months') }}
    where is_financial_year
),

-- The middle month is taken for the whole year: where people live and with which
-- conditions changes slowly.
residents as (
    select
        person_months.person_id,
        person_months.lsoa_code,
        person_months.age_band,
        persons.sex,
        person_months.resident_days,
        person_months.care_home_days,
        periods.period_start_date,
        periods.middle_month_date
    from person_months
    inner join periods
        on person_months.month_start_date = periods.middle_month_date
    inner join persons on person_months.person_id = persons.person_id
    where
        person_months.age_band is not null
        -- Repeats the join, so that the other months go before people are joined.
        and person_months.month_start_date
        in (select years.middle_month_date from periods as years)
),

person_conditions as (
    select
        conditions.person_id,
        count(*) filter (where conditions.frailty_level is null) as condition_count,
        count(*) filter (where conditions.segment = 'frailty') as frailty_count,
        periods.period_start_date
    from conditions
    inner join periods
        on
            conditions.diagnosis_date <= periods.middle_month_date
            and coalesce(conditions.resolved_date, {{ open_end() }})
            > periods.middle_month_date
    group by conditions.person_id, periods.period_start_date
),

cells as (
    select
        residents.lsoa_code,
        residents.age_band,
        residents.sex,
        count(*) as person_count,
        sum(residents.resident_days) as resident_days,
        sum(residents.care_home_days) as care_home_days,
        sum(coalesce(person_conditions.condition_count, 0)) as condition_count,
        sum(least(coalesce(person_conditions.frailty_count, 0), 1)) as frail_count,
        residents.period_start_date,
        residents.middle_month_date
    from residents
    left join person_conditions
        on
            residents.person_id = person_conditions.person_id
            and residents.period_start_date = person_conditions.period_start_date
    group by
        residents.lsoa_code,
        residents.age_band,
        residents.sex,
        residents.period_start_date,
        residents.middle_month_date
),

-- What the area's people would have at the city's rates for their age and sex.
expected as (
    select
        *,
        cast(
            person_count * sum(condition_count) over city_cells * 1.0e0
            / sum(person_count) over city_cells as decimal(24, 6)
        ) as expected_conditions,
        cast(
            person_count * sum(frail_count) over city_cells * 1.0e0
            / sum(person_count) over city_cells as decimal(24, 6)
        ) as expected_frail,
        cast(
            resident_days * sum(care_home_days) over city_cells * 1.0e0
            / sum(resident_days) over city_cells as decimal(24, 6)
        ) as expected_care_home_days
    from cells
    window city_cells as (partition by age_band, sex, period_start_date)
),

summed as (
    select
        areas.neighbourhood_id,
        areas.geography_type,
        sum(expected.person_count) as person_count,
        cast(sum(deprivation.deprivation_score * expected.person_count) as double)
        / sum(expected.person_count) as deprivation_score,
        sum(expected.condition_count)
        / nullif(cast(sum(expected.expected_conditions) as double), 0)
            as condition_ratio,
        sum(expected.frail_count)
        / nullif(cast(sum(expected.expected_frail) as double), 0) as frailty_ratio,
        sum(expected.care_home_days)
        / nullif(cast(sum(expected.expected_care_home_days) as double), 0)
            as care_home_ratio,
        expected.period_start_date
    from expected
    inner join areas on expected.lsoa_code = areas.lsoa_code
    left join deprivation
        on
            expected.lsoa_code = deprivation.lsoa_code
            and expected.middle_month_date >= deprivation.from_date
            and expected.middle_month_date < deprivation.until_date
    group by
        areas.neighbourhood_id, areas.geography_type, expected.period_start_date
)

select
    neighbourhood_id,
    geography_type,
    cast(person_count as integer) as person_count,
    cast(deprivation_score as double) as deprivation_score,
    cast(condition_ratio as double) as condition_ratio,
    cast(frailty_ratio as double) as frailty_ratio,
    cast(care_home_ratio as double) as care_home_ratio,
    period_start_date
from summed
