-- Have delayed transfers of care become fewer?
select
    source,
    extract(year from month_start_date) as calendar_year,
    sum(delayed_days) as delayed_days,
    round(avg(mean_daily_delayed_count), 2) as mean_daily_delayed
from {{ ref('fct_dtoc_month') }}
where organisation_code = 'city' and is_complete_month
group by source, extract(year from month_start_date)
order by source, calendar_year
