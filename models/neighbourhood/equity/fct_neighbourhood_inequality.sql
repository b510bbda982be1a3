{%- set estimates = [
    'sii', 'sii_lower', 'sii_upper', 'sii_yearly_change', 'sii_yearly_change_lower',
    'sii_yearly_change_upper'
] -%}

with inequality as (
    select * from {{ ref('int_neighbourhood__inequality') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

period_months as (
    select distinct
        period_start_date,
        period_end_date
    from {{ ref('int_neighbourhood__period_months') }}
    where is_financial_year
)

select
    inequality.indicator_id,
    inequality.ethnic_group,
    inequality.null_reason,
    inequality.event_count,
    inequality.most_deprived_rate * indicators.per as most_deprived_rate,
    inequality.least_deprived_rate * indicators.per as least_deprived_rate,
    {%- for estimate in estimates %}
        inequality.{{ estimate }} * indicators.per as {{ estimate }},
    {%- endfor %}
    inequality.sii_change_p_value,
    inequality.rii,
    inequality.rii_lower,
    inequality.rii_upper,
    inequality.rii_yearly_factor,
    inequality.rii_yearly_factor_lower,
    inequality.rii_yearly_factor_upper,
    inequality.rii_change_p_value,
    inequality.period_start_date,
    period_months.period_end_date
from inequality
inner join indicators on inequality.indicator_id = indicators.indicator_id
inner join period_months
    on inequality.period_start_date = period_months.period_start_date
