{%- set parts = ['deprivation', 'need', 'supply', 'unexplained'] -%}

with variation as (
    select * from {{ ref('int_neighbourhood__variation') }}
),

covariates as (
    select * from {{ ref('int_neighbourhood__indicator_covariates') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

care_events as (
    select * from {{ ref('fct_care_event') }}
    where cost_gbp is not null
),

period_months as (
    select distinct
        period_start_date,
        period_end_date
    from {{ ref('int_neighbourhood__period_months') }}
    where is_financial_year
),

priced_events as (
    select
        case
            when event_type = 'emergency_attendance' and is_unplanned
                then 'A&E attendance'
            when event_type = 'hospital_spell' and is_unplanned
                then 'emergency admission'
            when event_type = 'hospital_spell' and not is_unplanned
                then 'planned admission'
        end as priced_as,
        start_date,
        cast(cost_gbp as decimal(18, 2)) as cost_gbp
    from care_events
),

prices as (
    select
        priced_events.priced_as,
        cast(sum(priced_events.cost_gbp) as double) / count(*) as price_gbp,
        period_months.period_start_date
    from priced_events
    inner join period_months
        on
            priced_events.start_date >= period_months.period_start_date
            and priced_events.start_date <= period_months.period_end_date
    group by priced_events.priced_as, period_months.period_start_date
),

of_areas as (
    select
        neighbourhood_id,
        indicator_id,
        {%- for part in parts %}
            max(case when part = '{{ part }}' then value end) as {{ part }}_part,
            max(case when part = '{{ part }}' then value_lower end)
                as {{ part }}_part_lower,
            max(case when part = '{{ part }}' then value_upper end)
                as {{ part }}_part_upper,
        {%- endfor %}
        max(case when part = 'chance' then value end) as chance_part,
        max(case when part = 'opportunity' then value end) as opportunity,
        max(case when part = 'opportunity' then value_lower end) as opportunity_lower,
        max(case when part = 'opportunity' then value_upper end) as opportunity_upper,
        max(case when part = 'opportunity_probability' then value end)
            as opportunity_probability,
        period_start_date
    from variation
    group by neighbourhood_id, indicator_id, period_start_date
),

wards as (
    select
        indicator_id,
        max(null_reason) as null_reason,
        period_start_date
    from variation
    where part = 'unexplained_share' and geography_type = 'ward'
    group by indicator_id, period_start_date
)

select
    covariates.neighbourhood_id,
    covariates.indicator_id,
    covariates.geography_type,
    covariates.area_basis,
    case
        when of_areas.unexplained_part is not null then null
        when covariates.area_basis = 'registration'
            then 'explained for areas of residence only'
        when covariates.geography_type = 'lsoa' then 'too small to explain'
        else wards.null_reason
    end as parts_null_reason,
    case
        when of_areas.opportunity is not null then null
        when indicators.polarity = 'neither' then 'neither higher nor lower is better'
        when covariates.expected = 0 then 'no events expected'
        else 'too few areas or events'
    end as opportunity_null_reason,
    covariates.observed,
    covariates.expected,
    covariates.observed - covariates.expected as excess,
    {%- for part in parts %}
        of_areas.{{ part }}_part,
        of_areas.{{ part }}_part_lower,
        of_areas.{{ part }}_part_upper,
    {%- endfor %}
    of_areas.chance_part,
    of_areas.opportunity,
    of_areas.opportunity_lower,
    of_areas.opportunity_upper,
    of_areas.opportunity_probability,
    cast(of_areas.opportunity * prices.price_gbp as double) as opportunity_cost_gbp,
    cast(of_areas.opportunity_lower * prices.price_gbp as double)
        as opportunity_cost_gbp_lower,
    cast(of_areas.opportunity_upper * prices.price_gbp as double)
        as opportunity_cost_gbp_upper,
    covariates.period_start_date,
    period_months.period_end_date
from covariates
inner join indicators on covariates.indicator_id = indicators.indicator_id
inner join period_months
    on covariates.period_start_date = period_months.period_start_date
left join of_areas
    on
        covariates.neighbourhood_id = of_areas.neighbourhood_id
        and covariates.indicator_id = of_areas.indicator_id
        and covariates.period_start_date = of_areas.period_start_date
left join wards
    on
        covariates.indicator_id = wards.indicator_id
        and covariates.period_start_date = wards.period_start_date
left join prices
    on
        indicators.priced_as = prices.priced_as
        and covariates.period_start_date = prices.period_start_date
