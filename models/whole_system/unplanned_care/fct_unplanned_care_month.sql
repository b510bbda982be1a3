with months as (
    select * from {{ ref('int_unplanned_care__months') }}
),

charts as (
    select * from {{ ref('int_unplanned_care__charts') }}
),

measures as (
    select * from {{ ref('unplanned_care_measures') }}
),

charted as (
    select
        months.measure,
        months.neighbourhood_id,
        months.geography_type,
        charts.chart_type,
        charts.no_chart_reason,
        case
            when charts.is_outside_limits then 'outside the limits'
            when charts.is_in_trend then 'trend of seven'
            when charts.is_near_limit then 'two of three near a limit'
            when charts.is_in_run then 'seven on one side'
            when charts.is_in_run is not null then 'none'
        end as special_cause,
        charts.variation,
        measures.improvement_direction,
        charts.assurance,
        charts.working_day_count,
        months.event_count,
        months.person_days,
        months.event_count / nullif(months.person_days, 0) * 365.25e0 * 1000
            as rate_per_1000,
        charts.calendar_factor,
        charts.adjusted_rate_per_1000,
        charts.centre_rate_per_1000,
        charts.lower_limit_rate_per_1000,
        charts.upper_limit_rate_per_1000,
        measures.target_rate_per_1000,
        charts.days_per_event,
        charts.centre_days_per_event,
        charts.lower_limit_days_per_event,
        charts.upper_limit_days_per_event,
        months.is_complete_month,
        charts.is_outside_limits,
        charts.is_near_limit,
        charts.is_in_trend,
        charts.is_in_run,
        charts.limits_since_date,
        months.month_start_date
    from months
    inner join measures on months.measure = measures.measure
    inner join charts
        on
            months.measure = charts.measure
            and months.neighbourhood_id = charts.neighbourhood_id
            and months.month_start_date = charts.month_start_date
)

select * from charted
