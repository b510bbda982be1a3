-- How many patients leave hospital on the day they are ready?
select
    organisation_code,
    extract(year from month_start_date) as calendar_year,
    sum(ready_date_count) as discharges_with_ready_date,
    round(100e0 * sum(delay_0_days_count) / sum(ready_date_count), 1)
        as on_the_day_percent,
    round(1e0 * sum(delay_days) / sum(ready_date_count), 2) as mean_delay_days
from {{ ref('fct_discharge_ready_month') }}
where is_complete_month
group by organisation_code, extract(year from month_start_date)
having sum(ready_date_count) > 0
order by organisation_code, calendar_year
