with measures as (
    select
        measure,
        counted_as,
        source_fact,
        coalesce(youngest_age_band, '') as youngest_age_band,
        coalesce(oldest_age_band, 'unknown') as oldest_age_band
    from {{ ref('unplanned_care_measures') }}
),

events as (
    select * from {{ ref('int_unplanned_care__events') }}
),

members as (
    select * from {{ ref('int_place__neighbourhood_lsoas') }}
),

lsoa_months as (
    select * from {{ ref('int_neighbourhood__small_area_months') }}
    where area_basis = 'residence'
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

completeness as (
    select * from {{ ref('fct_completeness') }}
),

lsoa_counts as (
    select
        measures.measure,
        events.lsoa_code,
        events.month_start_date,
        sum(events.event_count) as event_count,
        sum(events.case_count) as case_count
    from events
    inner join measures
        on
            events.counted_as = measures.counted_as
            and events.age_band
            between measures.youngest_age_band and measures.oldest_age_band
    group by measures.measure, events.lsoa_code, events.month_start_date
),

counts as (
    select
        lsoa_counts.measure,
        members.neighbourhood_id,
        lsoa_counts.month_start_date,
        sum(lsoa_counts.event_count) as event_count,
        sum(lsoa_counts.case_count) as case_count
    from lsoa_counts
    inner join members on lsoa_counts.lsoa_code = members.lsoa_code
    group by
        lsoa_counts.measure,
        members.neighbourhood_id,
        lsoa_counts.month_start_date
),

-- Most measures cover the same ages, so person-days are added up once for each range.
age_ranges as (
    select distinct
        youngest_age_band,
        oldest_age_band
    from measures
),

lsoa_days as (
    select
        lsoa_months.small_area_code as lsoa_code,
        lsoa_months.month_start_date,
        age_ranges.youngest_age_band,
        age_ranges.oldest_age_band,
        sum(lsoa_months.person_days) as person_days
    from lsoa_months
    inner join age_ranges
        on
            lsoa_months.age_band
            between age_ranges.youngest_age_band and age_ranges.oldest_age_band
    group by
        lsoa_months.small_area_code,
        lsoa_months.month_start_date,
        age_ranges.youngest_age_band,
        age_ranges.oldest_age_band
),

area_days as (
    select
        members.neighbourhood_id,
        members.geography_type,
        lsoa_days.month_start_date,
        lsoa_days.youngest_age_band,
        lsoa_days.oldest_age_band,
        sum(lsoa_days.person_days) as person_days
    from lsoa_days
    inner join members on lsoa_days.lsoa_code = members.lsoa_code
    group by
        members.neighbourhood_id,
        members.geography_type,
        lsoa_days.month_start_date,
        lsoa_days.youngest_age_band,
        lsoa_days.oldest_age_band
)

-- Every area has every month and measure, with zero where there are no events. A month
-- is complete when it is over and its fact was delivered and did not fall silent.
select
    measures.measure,
    area_days.neighbourhood_id,
    area_days.geography_type,
    cast(coalesce(counts.event_count, 0) as bigint) as event_count,
    cast(coalesce(counts.case_count, 0) as bigint) as case_count,
    cast(area_days.person_days as bigint) as person_days,
    months.is_complete
    and coalesce(completeness.is_delivered, false)
    and not coalesce(
        completeness.usual_count >= {{ var('silent_usual_count') }}
        and completeness.share_of_usual_count < {{ var('complete_share') }},
        false
    ) as is_complete_month,
    area_days.month_start_date
from measures
inner join area_days
    on
        measures.youngest_age_band = area_days.youngest_age_band
        and measures.oldest_age_band = area_days.oldest_age_band
inner join months on area_days.month_start_date = months.month_start_date
left join counts
    on
        measures.measure = counts.measure
        and area_days.neighbourhood_id = counts.neighbourhood_id
        and area_days.month_start_date = counts.month_start_date
left join completeness
    on
        measures.source_fact = completeness.fact
        and area_days.month_start_date = completeness.month_start_date
