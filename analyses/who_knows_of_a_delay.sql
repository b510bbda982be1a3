-- Of the people who wait in a hospital bed, how many does the council know of, and do
-- the two agree what is waited for?
with delays as (
    select * from {{ ref('fct_delayed_transfer') }}
    where organisation_code = 'RR8'
)

select
    case
        when acute_start_date is null then 'council alone'
        when council_start_date is null then 'hospital alone'
        else 'both'
    end as known_to,
    count(*) as delays,
    sum(delayed_days) as delayed_days,
    count(case when is_reason_agreed then 1 end) as same_reason,
    count(case when is_responsible_body_agreed then 1 end) as same_responsible_body
from delays
where acute_start_date is not null or council_start_date is not null
group by
    case
        when acute_start_date is null then 'council alone'
        when council_start_date is null then 'hospital alone'
        else 'both'
    end
order by known_to
