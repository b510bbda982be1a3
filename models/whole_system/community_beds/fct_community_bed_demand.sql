with projected as (
    select * from {{ ref('int_community_beds__demand') }}
),

social_care_events as (
    select * from {{ ref('int_social_care__events') }}
),

stock as (
    select * from {{ ref('stg_community_beds__bed_stock') }}
),

home_care_prices as (
    select
        service_component,
        median(unit_cost_gbp) as cost_per_hour_gbp
    from social_care_events
    where
        event_type = 'Service'
        and cost_frequency = 'Per hour'
        and coalesce(end_date, {{ as_of_date() }}) >= {{ bed_need_from_date() }}
    group by service_component
),

open_now as (
    select
        bed_purpose,
        sum(beds_open) as beds_open_count
    from stock
    where month_start = cast(date_trunc('month', {{ as_of_date() }}) as date)
    group by bed_purpose
)

select
    projected.bed_purpose,
    projected.scenario,
    projected.when_full,
    cast(projected.year as integer) as year,
    cast(projected.chance_of_no_bed_share as double) as chance_of_no_bed_share,
    projected.yearly_admissions,
    projected.mean_nights as mean_length_of_stay_days,
    projected.occupied_beds as mean_occupied_beds,
    cast(projected.beds_needed_median as integer) as beds_needed,
    cast(projected.beds_needed_lower_80 as integer) as beds_needed_lower_80,
    cast(projected.beds_needed_upper_80 as integer) as beds_needed_upper_80,
    cast(projected.beds_needed_lower_95 as integer) as beds_needed_lower_95,
    cast(projected.beds_needed_upper_95 as integer) as beds_needed_upper_95,
    cast(projected.beds_by_formula as integer) as beds_by_erlang,
    cast(open_now.beds_open_count as integer) as beds_open_now,
    projected.occupied_beds / projected.beds_needed_median as occupancy_share,
    projected.change_by_ageing_beds,
    projected.change_by_need_beds,
    projected.change_by_setting_beds,
    projected.home_care_hours_per_week_median as home_care_hours_per_week,
    projected.home_care_hours_per_week_lower_95,
    projected.home_care_hours_per_week_upper_95,
    projected.home_care_hours_per_week_median * 365.25e0 / 7
    * home_care_prices.cost_per_hour_gbp as yearly_home_care_cost_gbp
from projected
left join home_care_prices
    on projected.home_care_component = home_care_prices.service_component
left join open_now on projected.bed_purpose = open_now.bed_purpose
