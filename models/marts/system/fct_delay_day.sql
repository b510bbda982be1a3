with matched as (
    select * from {{ ref('int_delays__matched') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

-- An organisation that lists a person twice on one day says one thing of that day: what
-- it said last.
ranked as (
    select
        matched.*,
        days.day_date,
        days.month_start_date,
        row_number() over (
            partition by matched.person_id, days.day_date, matched.organisation_code
            order by matched.start_date desc, matched.listed_delay_id desc
        ) as recency
    from matched
    inner join days
        on matched.start_date <= days.day_date and matched.until_date > days.day_date
)

select
    delayed_transfer_id,
    person_id,
    organisation_code,
    bed_organisation_code,
    lsoa_code,
    reason_code,
    responsible_body,
    case when reason_code = 'I' then 'Housing' else responsible_body end as attribution,
    coalesce(organisation_code = bed_organisation_code, false) as is_own_bed,
    day_date as delay_date,
    month_start_date
from ranked
where recency = 1
