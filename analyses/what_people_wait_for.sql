-- What do people who are ready to leave a bed wait for, and how long?
with flow as (
    select * from {{ ref('fct_delay_flow_day') }}
),

queues as (
    select
        pathway,
        count(distinct day_date) as days,
        sum(waiting_count) as delayed_days,
        sum(joined_count) as joined,
        sum(left_count) as ended,
        sum(waited_days) as waited_days,
        sum(case when constraint_name = 'assessment' then waiting_count else 0 end)
            as assessment_days,
        sum(case when constraint_name = 'funding' then waiting_count else 0 end)
            as funding_days,
        sum(
            case
                when constraint_name = 'NHS care outside hospital' then waiting_count
                else 0
            end
        ) as nhs_care_days,
        sum(case when constraint_name = 'care home place' then waiting_count else 0 end)
            as care_home_place_days,
        sum(case when constraint_name = 'care at home' then waiting_count else 0 end)
            as care_at_home_days,
        sum(case when constraint_name = 'choice' then waiting_count else 0 end)
            as choice_days
    from flow
    group by pathway
)

select
    pathway,
    delayed_days,
    round(1.0e0 * delayed_days / days, 2) as mean_queue,
    round(1.0e0 * waited_days / ended, 1) as mean_wait_days,
    -- Little's law: the mean queue over the daily number who join times the mean wait.
    round(1.0e0 * delayed_days * ended / (joined * waited_days), 3)
        as queue_over_joining_times_wait,
    round(1.0e0 * assessment_days / delayed_days, 2) as assessment_share,
    round(1.0e0 * funding_days / delayed_days, 2) as funding_share,
    round(1.0e0 * nhs_care_days / delayed_days, 2) as nhs_care_outside_hospital_share,
    round(1.0e0 * care_home_place_days / delayed_days, 2) as care_home_place_share,
    round(1.0e0 * care_at_home_days / delayed_days, 2) as care_at_home_share,
    round(1.0e0 * choice_days / delayed_days, 2) as choice_share
from queues
order by delayed_days desc, pathway asc
