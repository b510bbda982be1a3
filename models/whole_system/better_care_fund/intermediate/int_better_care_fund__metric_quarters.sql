with metrics as (
    select * from {{ ref('bcf_metrics') }}
),

events as (
    select * from {{ ref('int_better_care_fund__metric_events') }}
),

person_months as (
    select * from {{ ref('fct_person_month') }}
),

neighbourhoods as (
    select * from {{ ref('int_place__neighbourhood_lsoas') }}
    where geography_type <> 'lsoa'
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

-- The financial year begins in April.
quarters as (
    select
        cast(date_trunc('quarter', month_start_date) as date) as quarter_start_date,
        cast(extract(year from min(month_start_date)) as integer) as calendar_year,
        cast(extract(quarter from min(month_start_date)) as integer)
            as calendar_quarter,
        cast(sum(day_count) as integer) as observed_days,
        count(*) = 3 and bool_and(is_complete) as is_complete
    from months
    group by cast(date_trunc('quarter', month_start_date) as date)
),

financial_quarters as (
    select
        quarters.*,
        case when calendar_quarter = 1 then 4 else calendar_quarter - 1 end as quarter,
        case when calendar_quarter = 1 then calendar_year - 1 else calendar_year end
            as first_year
    from quarters
),

areas as (
    select distinct neighbourhood_id from neighbourhoods
),

days_by_age as (
    select
        lsoa_code,
        coalesce(age_years, 0) as age_years,
        cast(date_trunc('quarter', month_start_date) as date) as quarter_start_date,
        sum(resident_days) as resident_days
    from person_months
    group by
        lsoa_code,
        coalesce(age_years, 0),
        cast(date_trunc('quarter', month_start_date) as date)
),

ages as (
    select distinct population_age_from from metrics
),

lsoa_days as (
    select
        days_by_age.lsoa_code,
        ages.population_age_from,
        days_by_age.quarter_start_date,
        sum(days_by_age.resident_days) as resident_days
    from days_by_age
    inner join ages on days_by_age.age_years >= ages.population_age_from
    group by
        days_by_age.lsoa_code,
        ages.population_age_from,
        days_by_age.quarter_start_date
),

area_days as (
    select
        neighbourhoods.neighbourhood_id,
        lsoa_days.population_age_from,
        lsoa_days.quarter_start_date,
        sum(lsoa_days.resident_days) as resident_days
    from lsoa_days
    inner join neighbourhoods on lsoa_days.lsoa_code = neighbourhoods.lsoa_code
    group by
        neighbourhoods.neighbourhood_id,
        lsoa_days.population_age_from,
        lsoa_days.quarter_start_date
),

area_events as (
    select
        neighbourhoods.neighbourhood_id,
        events.metric_set_year,
        events.metric_code,
        events.quarter_start_date,
        sum(events.amount) as amount,
        sum(events.squared_amount) as squared_amount,
        sum(events.base_count) as base_count
    from events
    inner join neighbourhoods on events.lsoa_code = neighbourhoods.lsoa_code
    group by
        neighbourhoods.neighbourhood_id,
        events.metric_set_year,
        events.metric_code,
        events.quarter_start_date
)

-- Every metric, area and quarter has a row, since zero is a finding; a metric without a
-- feed is null, not zero.
select
    metrics.metric_set_year,
    metrics.metric_code,
    areas.neighbourhood_id,
    cast(quarters.first_year as {{ dbt.type_string() }})
    || '/' || substr(cast(quarters.first_year + 1 as {{ dbt.type_string() }}), 3, 2)
        as financial_year,
    quarters.quarter,
    metrics.sample_quarter,
    case
        when metrics.unavailable_reason is null
            then cast(coalesce(area_events.amount, 0) as bigint)
    end as amount,
    case
        when metrics.unavailable_reason is null
            then cast(coalesce(area_events.squared_amount, 0) as bigint)
    end as squared_amount,
    cast(
        case
            when metrics.unavailable_reason is not null then null
            when metrics.denominator is not null
                then coalesce(area_events.base_count, 0)
            else coalesce(area_days.resident_days, 0)
        end as bigint
    ) as base,
    quarters.observed_days,
    quarters.is_complete,
    quarters.quarter_start_date
from metrics
cross join areas
cross join financial_quarters as quarters
left join area_days
    on
        areas.neighbourhood_id = area_days.neighbourhood_id
        and metrics.population_age_from = area_days.population_age_from
        and quarters.quarter_start_date = area_days.quarter_start_date
left join area_events
    on
        metrics.metric_set_year = area_events.metric_set_year
        and metrics.metric_code = area_events.metric_code
        and areas.neighbourhood_id = area_events.neighbourhood_id
        and quarters.quarter_start_date = area_events.quarter_start_date
