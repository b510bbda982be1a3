with metrics as (
    select * from {{ ref('bcf_metrics') }}
),

countable_events as (
    select * from {{ ref('int_person_time__countable_events') }}
    where
        event_type in (
            'hospital_spell', 'delayed_transfer', 'social_care_service',
            'reablement_episode'
        )
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

metric_measures as (
    select
        metric_set_year,
        metric_code,
        numerator as measure,
        population_age_from,
        true as is_numerator
    from metrics
    union all
    select
        metric_set_year,
        metric_code,
        denominator as measure,
        population_age_from,
        false as is_numerator
    from metrics
),

-- People of the ages that the metric is about; a person of unknown age counts where
-- every age does.
metric_events as (
    select
        metric_measures.metric_set_year,
        metric_measures.metric_code,
        countable_events.event_id,
        countable_events.lsoa_code,
        cast(countable_events.amount as bigint) as amount,
        metric_measures.is_numerator,
        cast(date_trunc('quarter', countable_events.month_start_date) as date)
            as quarter_start_date
    from countable_events
    inner join metric_measures
        on countable_events.measure = metric_measures.measure
    inner join persons on countable_events.person_id = persons.person_id
    where
        coalesce(
            {{ age_on('countable_events.month_start_date', 'persons.birth_month') }}, 0
        ) >= metric_measures.population_age_from
),

-- A delay can have days in several months; they are squared as one for the quarter.
event_quarters as (
    select
        metric_set_year,
        metric_code,
        event_id,
        lsoa_code,
        quarter_start_date,
        sum(case when is_numerator then amount else 0 end) as amount,
        sum(case when is_numerator then 0 else amount end) as base_count
    from metric_events
    group by metric_set_year, metric_code, event_id, lsoa_code, quarter_start_date
)

select
    metric_set_year,
    metric_code,
    lsoa_code,
    cast(sum(amount) as bigint) as amount,
    cast(sum(amount * amount) as bigint) as squared_amount,
    cast(sum(base_count) as bigint) as base_count,
    quarter_start_date
from event_quarters
group by metric_set_year, metric_code, lsoa_code, quarter_start_date
