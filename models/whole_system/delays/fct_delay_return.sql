with returns as (
    select * from {{ ref('stg_delays__dtoc_returns') }}
),

england as (
    select * from {{ ref('stg_published_delays__england_dtoc_days') }}
),

listed as (
    select
        *,
        coalesce(end_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from {{ ref('stg_delays__patient_delays') }}
    where organisation_code = bed_organisation_code
),

delay_days as (
    select * from {{ ref('fct_delay_day') }}
    where is_own_bed
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

reasons as (
    select * from {{ ref('dtoc_reasons') }}
),

counted as (
    select
        organisation_code,
        reason_code,
        responsible_body,
        month as month_start_date,
        care_type,
        delayed_days as returned_days,
        null as listed_days,
        null as hub_days
    from returns
    union all
    select
        'England' as organisation_code,
        reason_code,
        responsible_body,
        month_start_date,
        care_type,
        delayed_days as returned_days,
        null as listed_days,
        null as hub_days
    from england
    union all
    -- Everyone on the list, including people who opted out, as in the return.
    select
        listed.organisation_code,
        listed.reason_code,
        listed.responsible_body,
        months.month_start_date,
        null as care_type,
        null as returned_days,
        {{ dbt.datediff(
            'greatest(listed.start_date, months.month_start_date)',
            'least(listed.until_date, months.until_date)',
            'day'
        ) }} as listed_days,
        null as hub_days
    from listed
    inner join months
        on
            listed.start_date < months.until_date
            and listed.until_date > months.month_start_date
    union all
    select
        organisation_code,
        reason_code,
        responsible_body,
        month_start_date,
        null as care_type,
        null as returned_days,
        null as listed_days,
        1 as hub_days
    from delay_days
),

summed as (
    select
        organisation_code,
        coalesce(reason_code, 'not given') as reason_code,
        coalesce(responsible_body, 'not given') as responsible_body,
        month_start_date,
        sum(returned_days) as returned_days,
        sum(case when care_type = 'Acute' then returned_days end)
            as returned_acute_days,
        sum(case when care_type = 'Non-Acute' then returned_days end)
            as returned_non_acute_days,
        sum(listed_days) as listed_days,
        sum(hub_days) as hub_days
    from counted
    group by
        organisation_code,
        coalesce(reason_code, 'not given'),
        coalesce(responsible_body, 'not given'),
        month_start_date
),

-- A return leaves out combinations without days. They are zero in a month with a return
-- and not known in a month without one; likewise for the lists.
known as (
    select
        *,
        count(returned_days) over (partition by organisation_code, month_start_date) > 0
            as has_return,
        count(listed_days) over (partition by organisation_code) > 0 as has_list
    from summed
)

select
    known.organisation_code,
    known.reason_code,
    reasons.constraint_name,
    known.responsible_body,
    {%- for days in [
        'returned_acute_days', 'returned_non_acute_days', 'returned_days'
    ] %}
        cast(
            case when known.has_return then coalesce(known.{{ days }}, 0) end as integer
        ) as {{ days }},
    {%- endfor %}
    {%- for days in ['listed_days', 'hub_days'] %}
        cast(
            case when known.has_list then coalesce(known.{{ days }}, 0) end as integer
        ) as {{ days }},
    {%- endfor %}
    cast(
        case
            when known.has_list and known.has_return
                then coalesce(known.listed_days, 0) - coalesce(known.returned_days, 0)
        end as integer
    ) as difference_days,
    known.month_start_date
from known
left join reasons on known.reason_code = reasons.code
