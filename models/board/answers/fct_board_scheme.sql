with counts as (
    select * from {{ ref('fct_board_count') }}
    where part_type = 'all'
),

schemes as (
    select
        *,
        'scheme:' || scheme_id as neighbourhood_id
    from {{ ref('stg_better_care_fund__schemes') }}
),

-- Whole years before the start and after it; the year of a start in its course is
-- neither. The rest of the city is compared.
years as (
    select
        schemes.scheme_id,
        counts.measure_id,
        counts.released_count as treated_count,
        cities.released_count - counts.released_count as other_count,
        case
            when counts.period_end_date < schemes.start_date then 'before'
            when counts.period_start_date >= schemes.start_date then 'after'
        end as side
    from schemes
    inner join counts on schemes.neighbourhood_id = counts.neighbourhood_id
    inner join counts as cities
        on
            counts.measure_id = cities.measure_id
            and counts.period_start_date = cities.period_start_date
            and cities.geography_type = 'city'
),

sides as (
    select
        scheme_id,
        max(measure_id) as measure_id,
        sum(case when side = 'before' then treated_count end) as treated_before,
        sum(case when side = 'after' then treated_count end) as treated_after,
        sum(case when side = 'before' then other_count end) as other_before,
        sum(case when side = 'after' then other_count end) as other_after,
        count(case when side = 'before' then 1 end) as years_before,
        count(case when side = 'after' then 1 end) as years_after,
        sum(case when side is not null and treated_count is null then 1 else 0 end)
            as suppressed_years
    from years
    group by scheme_id
),

changes as (
    select
        *,
        ln(
            treated_after * 1e0
            / years_after
            / (treated_before * 1e0 / years_before)
            / (other_after * 1e0 / years_after / (other_before * 1e0 / years_before))
        ) as log_change,
        sqrt(
            1e0 / treated_before
            + 1e0 / treated_after
            + 1e0 / other_before
            + 1e0 / other_after
        ) as error
    from sides
    where
        suppressed_years = 0
        and treated_before > 0
        and treated_after > 0
        and other_before > 0
        and other_after > 0
)

select
    schemes.scheme_id,
    sides.measure_id,
    schemes.scheme_name,
    case
        when sides.scheme_id is null
            then 'no released measure has the ages and wards of the scheme'
        when sides.years_before = 0 or sides.years_after = 0
            then 'no whole year before or after the start'
        when changes.scheme_id is null then 'a year is suppressed'
    end as null_reason,
    schemes.claimed_effect_percent,
    cast((exp(changes.log_change) - 1) * 100 as double) as change_percent,
    cast((exp(changes.log_change - 1.96e0 * changes.error) - 1) * 100 as double)
        as change_percent_lower,
    cast((exp(changes.log_change + 1.96e0 * changes.error) - 1) * 100 as double)
        as change_percent_upper,
    cast(sides.years_before as integer) as years_before_count,
    cast(sides.years_after as integer) as years_after_count,
    schemes.start_date
from schemes
left join sides on schemes.scheme_id = sides.scheme_id
left join changes on schemes.scheme_id = changes.scheme_id
