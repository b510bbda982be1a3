with hospital_spells as (
    select
        *,
        cast(date_trunc('month', discharge_date) as date) as discharge_month
    from {{ ref('fct_hospital_spell') }}
    where
        is_ordinary_admission
        and not is_open
        and not coalesce(is_end_assumed, false)
        and not coalesce(is_probable_duplicate, false)
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

-- The published bands of days (seed discharge_delay_bands).
counted as (
    select
        organisation_code,
        discharge_month,
        count(*) as discharge_count,
        count(discharge_delay_days) as ready_date_count,
        count(*) filter (where discharge_delay_band = '0') as delay_0_days_count,
        count(*) filter (where discharge_delay_band = '1') as delay_1_days_count,
        count(*) filter (where discharge_delay_band = '2-3') as delay_2_to_3_days_count,
        count(*) filter (where discharge_delay_band = '4-6') as delay_4_to_6_days_count,
        count(*) filter (where discharge_delay_band = '7-13')
            as delay_7_to_13_days_count,
        count(*) filter (where discharge_delay_band = '14-20')
            as delay_14_to_20_days_count,
        count(*) filter (where discharge_delay_band = '21+')
            as delay_21_or_more_days_count,
        sum(discharge_delay_days) as delay_days
    from hospital_spells
    group by organisation_code, discharge_month
)

select
    counted.organisation_code,
    {%- for column in [
        'discharge_count', 'ready_date_count', 'delay_0_days_count',
        'delay_1_days_count', 'delay_2_to_3_days_count', 'delay_4_to_6_days_count',
        'delay_7_to_13_days_count', 'delay_14_to_20_days_count',
        'delay_21_or_more_days_count', 'delay_days',
    ] %}
        cast(counted.{{ column }} as integer) as {{ column }},
    {%- endfor %}
    cast(counted.delay_days as double) / nullif(counted.ready_date_count, 0)
        as mean_delay_days,
    months.is_complete as is_complete_month,
    months.month_start_date
from counted
inner join months on counted.discharge_month = months.month_start_date
