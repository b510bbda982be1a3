{%- set bands = {
    '0': '0', '1': '1', '2-3': '2_to_3', '4-6': '4_to_6', '7-13': '7_to_13',
    '14-20': '14_to_20', '21+': '21_or_more',
} -%}

with hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
    where
        patient_classification_code = '1'
        and discharge_date is not null
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

discharged as (
    select
        *,
        cast(date_trunc('month', discharge_date) as date) as month_start_date
    from hospital_spells
)

select
    discharged.organisation_code,
    cast(count(*) as integer) as discharge_count,
    cast(count(discharged.discharge_delay_days) as integer) as ready_date_count,
    {%- for band, name in bands.items() %}
        cast(count(case when discharged.discharge_delay_band = '{{ band }}' then 1 end)
            as integer) as delay_{{ name }}_days_count,
    {%- endfor %}
    cast(sum(discharged.discharge_delay_days) as integer) as delay_days,
    cast(sum(discharged.discharge_delay_days) as double)
    / nullif(count(discharged.discharge_delay_days), 0) as mean_delay_days,
    months.is_complete as is_complete_month,
    months.month_start_date
from discharged
inner join months on discharged.month_start_date = months.month_start_date
group by
    discharged.organisation_code,
    months.is_complete,
    months.month_start_date
