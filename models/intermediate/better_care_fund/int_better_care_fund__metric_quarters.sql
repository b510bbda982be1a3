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

people as (
    select
        lsoa_code,
        cast(date_trunc('quarter', month_start_date) as date) as quarter_start_date,
        sum(resident_days) as days_of_all,
        sum(case when age_years >= 18 then resident_days end) as days_of_adults,
        sum(case when age_years >= 65 then resident_days end) as days_of_older
    from person_months
    group by lsoa_code, cast(date_trunc('quarter', month_start_date) as date)
),

area_people as (
    select
        neighbourhoods.neighbourhood_id,
        people.quarter_start_date,
        sum(people.days_of_all) as days_of_all,
        sum(people.days_of_adults) as days_of_adults,
        sum(people.days_of_older) as days_of_older
    from people
    inner join neighbourhoods on people.lsoa_code = neighbourhoods.lsoa_code
    group by neighbourhoods.neighbourhood_id, people.quarter_start_date
),

area_events as (
    select
        neighbourhoods.neighbourhood_id,
        events.metric_code,
        events.quarter_start_date,
        sum(events.amount) as amount,
        sum(events.squared_amount) as squared_amount,
        sum(events.base_count) as base_count
    from events
    inner join neighbourhoods on events.lsoa_code = neighbourhoods.lsoa_code
    group by
        neighbourhoods.neighbourhood_id,
        events.metric_code,
        events.quarter_start_date
)

-- Zero is a finding, so every metric, area and quarter has a row; what has no feed is
-- not zero.
select
    metrics.metric_set_year,
    metrics.metric_code,
    areas.neighbourhood_id,
    cast(quarters.first_year as {{ dbt.type_string() }})
    || '/' || substr(cast(quarters.first_year + 1 as {{ dbt.type_string() }}), 3, 2)
        as financial_year,
    quarters.quarter,
    metrics.sample_quarter,
    {%- for name in ['amount', 'squared_amount'] %}
        cast(
            case
                when metrics.unavailable_reason is null
                    then coalesce(area_events.{{ name }}, 0)
            end as bigint
        ) as {{ name }},
    {%- endfor %}
    cast(
        case
            when metrics.unavailable_reason is null
                then coalesce(
                    case
                        when metrics.value_kind in ('share', 'mean')
                            then area_events.base_count
                        when metrics.population_age_from = 0
                            then area_people.days_of_all
                        when metrics.population_age_from = 18
                            then area_people.days_of_adults
                        when metrics.population_age_from = 65
                            then area_people.days_of_older
                    end,
                    0
                )
        end as bigint
    ) as base,
    quarters.observed_days,
    quarters.is_complete,
    quarters.quarter_start_date
from metrics
cross join areas
cross join financial_quarters as quarters
left join area_people
    on
        areas.neighbourhood_id = area_people.neighbourhood_id
        and quarters.quarter_start_date = area_people.quarter_start_date
left join area_events
    on
        metrics.metric_code = area_events.metric_code
        and areas.neighbourhood_id = area_events.neighbourhood_id
        and quarters.quarter_start_date = area_events.quarter_start_date
