{%- set both_know = 'compared.is_linked and compared.is_known_to_both' -%}

with views as (
    select * from {{ ref('int_delays__views') }}
),

delay_days as (
    select * from {{ ref('fct_delay_day') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

organisations as (
    select distinct organisation_code from views
),

pairs as (
    select
        one.organisation_code,
        other.organisation_code as other_organisation_code
    from organisations as one
    inner join organisations as other
        on one.organisation_code < other.organisation_code
),

-- A wait that began and ended on one day has no night, but was known of all the same.
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
    from views
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
            where listed.organisation_code <> pairs.organisation_code
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
),

compared as (
    select
        pair_waits.*,
        coalesce(one.is_linked, other.is_linked) as is_linked,
        one.reason_code = other.reason_code as is_reason_agreed,
        one.responsible_body = other.responsible_body as is_responsible_body_agreed,
        greatest(
            abs({{ dbt.datediff('one.start_date', 'other.start_date', 'day') }}),
            abs({{ dbt.datediff('one.until_date', 'other.until_date', 'day') }})
        ) <= {{ var('delay_tolerance_days') }}
        and (one.end_date is null) = (other.end_date is null) as is_date_agreed
    from pair_waits
    left join views as one
        on
            pair_waits.delayed_transfer_id = one.delayed_transfer_id
            and pair_waits.organisation_code = one.organisation_code
    left join views as other
        on
            pair_waits.delayed_transfer_id = other.delayed_transfer_id
            and pair_waits.other_organisation_code = other.organisation_code
)

-- An entry of a person whom other lists cannot share says nothing of what they know.
select
    pairs.organisation_code,
    pairs.other_organisation_code,
    {%- for name in ['known_to_both', 'known_to_first_only', 'known_to_other_only'] %}
        cast(count(*) filter (where compared.is_linked and compared.is_{{ name }})
            as integer
        ) as {{ name }}_count,
        cast(
            coalesce(sum(compared.{{ name }}_days) filter (where compared.is_linked), 0)
            as integer) as {{ name }}_days,
    {%- endfor %}
    {%- for what in ['reason', 'responsible_body', 'date'] %}
    {%- for name, negation in {'agreed': '', 'differs': 'not '}.items() %}
            cast(count(*) filter (
                where {{ both_know }} and {{ negation }}compared.is_{{ what }}_agreed
            ) as integer) as {{ what }}_{{ name }}_count,
        {%- endfor %}
    {%- endfor %}
    cast(count(*) filter (where not compared.is_linked) as integer)
        as not_comparable_count,
    cast(coalesce(sum(compared.known_to_both_days) filter (
        where {{ both_know }} and not compared.is_responsible_body_agreed
    ), 0) as integer) as responsible_body_differs_days,
    bool_and(months.is_complete) as is_complete_month,
    months.month_start_date
from pairs
cross join months
left join compared
    on
        pairs.organisation_code = compared.organisation_code
        and pairs.other_organisation_code = compared.other_organisation_code
        and months.month_start_date = compared.month_start_date
group by
    pairs.organisation_code,
    pairs.other_organisation_code,
    months.month_start_date
