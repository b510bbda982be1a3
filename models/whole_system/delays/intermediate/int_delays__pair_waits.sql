with organisation_waits as (
    select * from {{ ref('int_delays__organisation_waits') }}
),

delay_days as (
    select * from {{ ref('fct_delay_day') }}
),

organisations as (
    select distinct organisation_code from organisation_waits
),

pairs as (
    select
        one.organisation_code,
        other.organisation_code as other_organisation_code
    from organisations as one
    inner join organisations as other
        on one.organisation_code < other.organisation_code
),

-- A wait that began and ended on one day has no night, but was on the list.
listed as (
    select
        delayed_transfer_id,
        organisation_code,
        delay_date,
        1 as nights
    from delay_days
    union all
    select
        delayed_transfer_id,
        organisation_code,
        start_date as delay_date,
        0 as nights
    from organisation_waits
    where start_date = until_date
),

pair_days as (
    select
        pairs.organisation_code,
        pairs.other_organisation_code,
        listed.delayed_transfer_id,
        cast(date_trunc('month', listed.delay_date) as date) as month_start_date,
        max(listed.nights) filter (
            where listed.organisation_code = pairs.organisation_code
        ) as first_nights,
        max(listed.nights) filter (
            where listed.organisation_code = pairs.other_organisation_code
        ) as other_nights
    from listed
    inner join pairs
        on
            listed.organisation_code
            in (pairs.organisation_code, pairs.other_organisation_code)
    group by
        pairs.organisation_code,
        pairs.other_organisation_code,
        listed.delayed_transfer_id,
        listed.delay_date
),

pair_waits as (
    select
        organisation_code,
        other_organisation_code,
        delayed_transfer_id,
        month_start_date,
        sum(first_nights * other_nights) as known_to_both_days,
        sum(first_nights * (1 - coalesce(other_nights, 0))) as known_to_first_only_days,
        sum(other_nights * (1 - coalesce(first_nights, 0))) as known_to_other_only_days,
        count(first_nights) > 0 and count(other_nights) > 0 as is_known_to_both,
        count(other_nights) = 0 as is_known_to_first_only,
        count(first_nights) = 0 as is_known_to_other_only
    from pair_days
    group by
        organisation_code,
        other_organisation_code,
        delayed_transfer_id,
        month_start_date
)

select
    pair_waits.organisation_code,
    pair_waits.other_organisation_code,
    pair_waits.delayed_transfer_id,
    pair_waits.known_to_both_days,
    pair_waits.known_to_first_only_days,
    pair_waits.known_to_other_only_days,
    coalesce(one.is_linked, other.is_linked) as is_linked,
    pair_waits.is_known_to_both,
    pair_waits.is_known_to_first_only,
    pair_waits.is_known_to_other_only,
    one.reason_code = other.reason_code as is_reason_agreed,
    one.responsible_body = other.responsible_body as is_responsible_body_agreed,
    greatest(
        abs({{ dbt.datediff('one.start_date', 'other.start_date', 'day') }}),
        abs({{ dbt.datediff('one.until_date', 'other.until_date', 'day') }})
    ) <= {{ var('delay_tolerance_days') }}
    and one.is_open = other.is_open as is_date_agreed,
    pair_waits.month_start_date
from pair_waits
left join organisation_waits as one
    on
        pair_waits.delayed_transfer_id = one.delayed_transfer_id
        and pair_waits.organisation_code = one.organisation_code
left join organisation_waits as other
    on
        pair_waits.delayed_transfer_id = other.delayed_transfer_id
        and pair_waits.other_organisation_code = other.organisation_code
