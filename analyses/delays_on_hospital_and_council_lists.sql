-- Of the people delayed in a bed of an acute trust, how many are on the hospital's
-- list, the council's list or both, and do the two give the same reason and responsible
-- body?
with delays as (
    select
        *,
        case
            when acute_start_date is null then 'council only'
            when council_start_date is null then 'hospital only'
            else 'hospital and council'
        end as listed_by
    from {{ ref('fct_delayed_transfer') }}
    where is_linked and (acute_start_date is not null or council_start_date is not null)
),

acute_trusts as (
    select * from {{ ref('organisations') }}
    where type = 'acute trust'
)

select
    delays.listed_by,
    count(*) as delays,
    sum(delays.delayed_days) as delayed_days,
    sum(
        cast(delays.acute_reason_code = delays.council_reason_code as integer)
    ) as same_reason,
    sum(
        cast(delays.acute_responsible_body = delays.council_responsible_body as integer)
    ) as same_responsible_body
from delays
inner join acute_trusts on delays.organisation_code = acute_trusts.code
group by delays.listed_by
order by delays.listed_by
