with candidates as (
    select * from {{ ref('int_better_care_fund__scheme_candidates') }}
),

-- More events than 4 and 2 are rare, so they are one group: finer strata would often
-- hold members without a match.
grouped as (
    select
        *,
        {{ age_band('age_years') }} as age_band,
        least(events_before, 4) as events_before_up_to_4,
        least(events_earlier, 2) as events_earlier_up_to_2,
        case when is_member then 1 else 0 end as in_scheme
    from candidates
)

select
    scheme_id,
    age_band,
    sex,
    events_before_up_to_4,
    events_earlier_up_to_2,
    cast(sum(in_scheme) as bigint) as member_count,
    cast(sum(in_scheme * events_before) as bigint) as member_events_before,
    cast(sum(in_scheme * events_after) as bigint) as member_events_after,
    cast(sum(in_scheme * events_after * events_after) as bigint)
        as member_squared_events_after,
    cast(sum(1 - in_scheme) as bigint) as control_count,
    cast(sum((1 - in_scheme) * events_before) as bigint) as control_events_before,
    cast(sum((1 - in_scheme) * events_after) as bigint) as control_events_after,
    cast(sum((1 - in_scheme) * events_after * events_after) as bigint)
        as control_squared_events_after
from grouped
group by
    scheme_id,
    age_band,
    sex,
    events_before_up_to_4,
    events_earlier_up_to_2
