{%- set funnels = ['funnel', 'overdispersed_funnel'] -%}
{%- set limits = ['95_lower', '95_upper', '99_8_lower', '99_8_upper'] -%}

with totals as (
    select * from {{ ref('int_neighbourhood__indicator_totals') }}
),

estimates as (
    select * from {{ ref('int_neighbourhood__indicator_estimates') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

indicator_periods as (
    select * from {{ ref('int_neighbourhood__indicator_periods') }}
),

-- Every null has a reason, so that none and not known can be told apart.
explained as (
    select
        totals.*,
        estimates.effective_expected,
        estimates.ratio,
        estimates.ratio_lower,
        estimates.ratio_upper,
        estimates.rate * indicators.per as rate,
        estimates.rate_lower * indicators.per as rate_lower,
        estimates.rate_upper * indicators.per as rate_upper,
        estimates.direct_rate * indicators.per as directly_standardised_rate,
        estimates.direct_rate_lower * indicators.per
            as directly_standardised_rate_lower,
        estimates.direct_rate_upper * indicators.per
            as directly_standardised_rate_upper,
        {%- for funnel in funnels %}
            {%- for limit in limits %}
                estimates.{{ funnel }}_{{ limit }},
            {%- endfor %}
        {%- endfor %}
        estimates.overdispersion_phi,
        estimates.between_area_variance,
        estimates.shrunken_ratio,
        estimates.shrunken_ratio_lower,
        estimates.shrunken_ratio_upper,
        estimates.probability_above as probability_10_percent_above,
        case
            when indicator_periods.months_covered = 0 then 'months not covered'
            when totals.denominator = 0 and totals.is_per_head then 'no population'
            when totals.denominator = 0 then 'no cases in the denominator'
            when totals.expected = 0 then 'no events expected'
        end as null_reason,
        case
            when not totals.is_per_head then 'not per head'
            when indicator_periods.months_covered = 0 then 'months not covered'
            when totals.denominator = 0 then 'no population'
            when not coalesce(totals.has_every_band, false)
                then 'an age band without population'
            when estimates.direct_rate is null then 'fewer than the minimum events'
        end as direct_rate_null_reason,
        indicator_periods.months_covered,
        indicator_periods.is_financial_year,
        indicator_periods.period_end_date
    from totals
    inner join indicators on totals.indicator_id = indicators.indicator_id
    inner join indicator_periods
        on
            totals.indicator_id = indicator_periods.indicator_id
            and totals.period_start_date = indicator_periods.period_start_date
    inner join estimates
        on
            totals.neighbourhood_id = estimates.neighbourhood_id
            and totals.indicator_id = estimates.indicator_id
            and totals.period_start_date = estimates.period_start_date
)

select
    neighbourhood_id,
    indicator_id,
    geography_type,
    area_basis,
    {%- for funnel in funnels %}
        case
            when ratio is null then null
            when effective_expected < minimum_events then 'too few expected events'
            when ratio > {{ funnel }}_99_8_upper then 'above the 99.8 % limit'
            when ratio > {{ funnel }}_95_upper then 'above the 95 % limit'
            when ratio < {{ funnel }}_99_8_lower then 'below the 99.8 % limit'
            when ratio < {{ funnel }}_95_lower then 'below the 95 % limit'
            else 'within the limits'
        end as {{ funnel }}_position,
    {%- endfor %}
    null_reason,
    direct_rate_null_reason,
    case when months_covered > 0 then observed end as observed,
    case when months_covered > 0 then unplaced end as unplaced,
    case when months_covered > 0 then expected end as expected,
    denominator,
    dispersion,
    months_covered,
    {%- for estimate in [
        'ratio', 'rate', 'directly_standardised_rate', 'shrunken_ratio'
    ] %}
        {{ estimate }},
        {{ estimate }}_lower,
        {{ estimate }}_upper,
    {%- endfor %}
    probability_10_percent_above,
    {%- for funnel in funnels %}
        {%- for limit in limits %}
            {{ funnel }}_{{ limit }},
        {%- endfor %}
    {%- endfor %}
    overdispersion_phi,
    between_area_variance,
    is_financial_year,
    period_start_date,
    period_end_date
from explained
