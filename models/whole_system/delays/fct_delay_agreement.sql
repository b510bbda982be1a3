with pair_waits as (
    select * from {{ ref('int_delays__pair_waits') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

pairs as (
    select distinct
        organisation_code,
        other_organisation_code
    from pair_waits
),

-- Other lists may hold the same wait under another person when an entry is not linked,
-- so only linked waits are compared.
comparable as (
    select
        organisation_code,
        other_organisation_code,
        month_start_date,
        sum(known_to_both_days) as known_to_both_days,
        sum(known_to_first_only_days) as known_to_first_only_days,
        sum(known_to_other_only_days) as known_to_other_only_days,
        count(*) filter (where is_known_to_both) as known_to_both_count,
        count(*) filter (where is_known_to_first_only) as known_to_first_only_count,
        count(*) filter (where is_known_to_other_only) as known_to_other_only_count
    from pair_waits
    where is_linked
    group by organisation_code, other_organisation_code, month_start_date
),

agreed as (
    select
        organisation_code,
        other_organisation_code,
        month_start_date,
        count(*) filter (where is_reason_agreed) as reason_agreed_count,
        count(*) filter (where not is_reason_agreed) as reason_differs_count,
        count(*) filter (where is_responsible_body_agreed)
            as responsible_body_agreed_count,
        count(*) filter (where not is_responsible_body_agreed)
            as responsible_body_differs_count,
        count(*) filter (where is_date_agreed) as date_agreed_count,
        count(*) filter (where not is_date_agreed) as date_differs_count,
        sum(known_to_both_days) filter (where not is_responsible_body_agreed)
            as responsible_body_differs_days
    from pair_waits
    where is_linked and is_known_to_both
    group by organisation_code, other_organisation_code, month_start_date
),

not_comparable as (
    select
        organisation_code,
        other_organisation_code,
        month_start_date,
        count(*) as not_comparable_count
    from pair_waits
    where not is_linked
    group by organisation_code, other_organisation_code, month_start_date
)

select
    pairs.organisation_code,
    pairs.other_organisation_code,
    {%- for column in [
        'known_to_both_count', 'known_to_both_days',
        'known_to_first_only_count', 'known_to_first_only_days',
        'known_to_other_only_count', 'known_to_other_only_days',
    ] %}
        cast(coalesce(comparable.{{ column }}, 0) as integer) as {{ column }},
    {%- endfor %}
    {%- for column in [
        'reason_agreed_count', 'reason_differs_count',
        'responsible_body_agreed_count', 'responsible_body_differs_count',
        'date_agreed_count', 'date_differs_count',
        'responsible_body_differs_days',
    ] %}
        cast(coalesce(agreed.{{ column }}, 0) as integer) as {{ column }},
    {%- endfor %}
    cast(coalesce(not_comparable.not_comparable_count, 0) as integer)
        as not_comparable_count,
    months.is_complete as is_complete_month,
    months.month_start_date
from pairs
cross join months
left join comparable
    on
        pairs.organisation_code = comparable.organisation_code
        and pairs.other_organisation_code = comparable.other_organisation_code
        and months.month_start_date = comparable.month_start_date
left join agreed
    on
        pairs.organisation_code = agreed.organisation_code
        and pairs.other_organisation_code = agreed.other_organisation_code
        and months.month_start_date = agreed.month_start_date
left join not_comparable
    on
        pairs.organisation_code = not_comparable.organisation_code
        and pairs.other_organisation_code = not_comparable.other_organisation_code
        and months.month_start_date = not_comparable.month_start_date
