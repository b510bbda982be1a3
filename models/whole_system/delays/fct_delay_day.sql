with matched as (
    select * from {{ ref('int_delays__matched') }}
),

reasons as (
    select * from {{ ref('dtoc_reasons') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

-- If an organisation lists a person twice for one day, its latest entry counts.
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
    ranked.delayed_transfer_id,
    ranked.person_id,
    ranked.organisation_code,
    ranked.bed_organisation_code,
    ranked.lsoa_code,
    ranked.reason_code,
    ranked.responsible_body,
    coalesce(reasons.attributed_to, ranked.responsible_body) as attribution,
    coalesce(ranked.organisation_code = ranked.bed_organisation_code, false)
        as is_own_bed,
    ranked.day_date as delay_date,
    ranked.month_start_date
from ranked
left join reasons on ranked.reason_code = reasons.code
where ranked.recency = 1
