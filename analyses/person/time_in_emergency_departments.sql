-- How long do people spend in emergency departments?
select
    department_group,
    count(*) as attendances,
    round(avg(minutes_in_department)) as mean_minutes,
    round(avg(case when minutes_in_department > 240 then 100e0 else 0 end), 1)
        as over_four_hours_percent,
    round(avg(case when is_admitted then 100e0 else 0 end), 1) as admitted_percent
from {{ ref('fct_emergency_attendance') }}
where is_unplanned and minutes_in_department is not null
group by department_group
order by attendances desc, department_group asc
