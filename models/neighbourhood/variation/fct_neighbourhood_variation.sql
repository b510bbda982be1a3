{%- set shares = ['deprivation', 'need', 'supply', 'unexplained', 'chance'] -%}

with variation as (
    select * from {{ ref('int_neighbourhood__variation') }}
),

totals as (
    select * from {{ ref('int_neighbourhood__indicator_totals') }}
),

estimates as (
    select * from {{ ref('fct_neighbourhood_indicator') }}
    where is_financial_year
),

-- Estimates about all areas of a type are kept under the city's id.
of_types as (
    select
        geography_type,
        indicator_id,
        max(
            case when part = 'systematic_component' then null_reason end
        ) as systematic_component_reason,
        max(
            case when part = 'unexplained_share' then null_reason end
        ) as shares_null_reason,
        max(case when part = 'systematic_component' then value end)
            as systematic_component,
        max(case when part = 'systematic_component' then value_lower end)
            as systematic_component_lower,
        max(case when part = 'systematic_component' then value_upper end)
            as systematic_component_upper,
        max(case when part = 'quotient' then value end) as shrunken_quotient,
        max(case when part = 'age_sex_share' then value end) as age_sex_share,
        {%- for share in shares %}
            max(case when part = '{{ share }}_share' then value end)
                as {{ share }}_share,
            max(case when part = '{{ share }}_share' then value_lower end)
                as {{ share }}_share_lower,
            max(case when part = '{{ share }}_share' then value_upper end)
                as {{ share }}_share_upper,
        {%- endfor %}
        period_start_date
    from variation
    group by geography_type, indicator_id, period_start_date
),

area_counts as (
    select
        geography_type,
        area_basis,
        indicator_id,
        count(*) as area_count,
        cast(sum(cast(observed as decimal(24, 4))) as double) as observed,
        period_start_date
    from totals
    group by geography_type, area_basis, indicator_id, period_start_date
),

-- The same value for every area of a type.
dispersions as (
    select
        geography_type,
        indicator_id,
        max(overdispersion_phi) as overdispersion_phi,
        max(between_area_variance) as between_area_variance,
        max(period_end_date) as period_end_date,
        period_start_date
    from estimates
    group by geography_type, indicator_id, period_start_date
)

select
    of_types.geography_type,
    area_counts.area_basis,
    of_types.indicator_id,
    of_types.systematic_component_reason,
    of_types.shares_null_reason,
    cast(area_counts.area_count as integer) as area_count,
    area_counts.observed,
    of_types.systematic_component,
    of_types.systematic_component_lower,
    of_types.systematic_component_upper,
    dispersions.overdispersion_phi,
    dispersions.between_area_variance,
    of_types.shrunken_quotient,
    of_types.age_sex_share,
    {%- for share in shares %}
        of_types.{{ share }}_share,
        of_types.{{ share }}_share_lower,
        of_types.{{ share }}_share_upper,
    {%- endfor %}
    of_types.period_start_date,
    dispersions.period_end_date
from of_types
inner join area_counts
    on
        of_types.geography_type = area_counts.geography_type
        and of_types.indicator_id = area_counts.indicator_id
        and of_types.period_start_date = area_counts.period_start_date
inner join dispersions
    on
        of_types.geography_type = dispersions.geography_type
        and of_types.indicator_id = dispersions.indicator_id
        and of_types.period_start_date = dispersions.period_start_date
