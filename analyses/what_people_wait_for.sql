-- For which way out of a bed do people wait, how long, and for want of what?
with flow as (
    select * from {{ ref('fct_delay_flow_day') }}
)

select
    pathway,
    sum(waiting_count) as delayed_days,
    round(1.0 * sum(waiting_count) / count(distinct day_date), 2) as mean_queue,
    round(1.0 * sum(waited_days) / sum(left_count), 1) as mean_wait_days,
    round(
        1.0 * sum(waiting_count) * sum(left_count)
        / (sum(joined_count) * sum(waited_days)),
        3
    ) as queue_over_joining_times_wait,
    {%- for name in ['assessment', 'funding', 'NHS care outside hospital',
        'care home place', 'care at home', 'choice'] %}
    round(
        1.0
        * sum(case when constraint_name = '{{ name }}' then waiting_count else 0 end)
        / sum(waiting_count),
        2
    ) as {{ name | lower | replace(' ', '_') }}_share{{ "," if not loop.last }}
{%- endfor %}
from flow
group by pathway
order by delayed_days desc
