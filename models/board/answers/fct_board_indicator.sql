with totals as (
    select * from {{ ref('int_board__indicator_totals') }}
),

estimates as (
    select * from {{ ref('int_board__estimates') }}
),

counts as (
    select * from {{ ref('fct_board_count') }}
    where part_type = 'all'
),

together as (
    select
        counts.*,
        totals.is_share,
        totals.expected,
        estimates.ratio,
        estimates.ratio_lower,
        estimates.ratio_upper,
        estimates.rate,
        estimates.rate_lower,
        estimates.rate_upper,
        estimates.funnel_99_8_lower,
        estimates.funnel_99_8_upper,
        estimates.overdispersed_funnel_99_8_lower,
        estimates.overdispersed_funnel_99_8_upper
    from totals
    inner join counts
        on
            totals.measure_id = counts.measure_id
            and totals.neighbourhood_id = counts.neighbourhood_id
            and totals.period_start_date = counts.period_start_date
    left join estimates
        on
            totals.measure_id = estimates.indicator_id
            and totals.neighbourhood_id = estimates.neighbourhood_id
            and totals.period_start_date = estimates.period_start_date
)

select
    measure_id,
    neighbourhood_id,
    geography_type,
    measure_name,
    area_name,
    state,
    case
        when ratio is not null then null
        when state in ('suppressed', 'unknown') then state
        else 'nothing expected, or the count it is compared with is suppressed'
    end as null_reason,
    case when is_share then 'per 100' else 'per 100,000 residents a year' end
        as rate_unit,
    case
        when ratio is null or geography_type = 'city' then null
        when ratio > overdispersed_funnel_99_8_upper then 'above'
        when ratio < overdispersed_funnel_99_8_lower then 'below'
        else 'within'
    end as funnel_position,
    released_count,
    expected,
    ratio,
    ratio_lower,
    ratio_upper,
    rate,
    rate_lower,
    rate_upper,
    funnel_99_8_lower,
    funnel_99_8_upper,
    overdispersed_funnel_99_8_lower,
    overdispersed_funnel_99_8_upper,
    period_start_date,
    period_end_date
from together
