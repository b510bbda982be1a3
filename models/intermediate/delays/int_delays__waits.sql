{%- set perspectives = {
    'acute': 'acute trust',
    'community': 'community trust',
    'mental_health': 'mental health trust',
    'council': 'local authority'
} -%}
{%- set said = ['reason_code', 'responsible_body', 'start_date', 'end_date'] -%}
{%- set tolerance = var('delay_tolerance_days') -%}

with views as (
    select * from {{ ref('int_delays__views') }}
),

organisations as (
    select * from {{ ref('organisations') }}
),

-- Where two organisations of a kind list one wait, the first in precedence speaks.
by_kind as (
    select
        views.*,
        organisations.type as kind,
        row_number() over (
            partition by views.delayed_transfer_id, organisations.type
            order by views.precedence
        ) as precedence_in_kind
    from views
    left join organisations on views.organisation_code = organisations.code
)

select
    delayed_transfer_id,
    person_id,
    bed_stay_id,
    bed_organisation_code,
    {%- for column in ['lsoa_code', 'reason_code', 'next_setting', 'pathway'] %}
        max(case when precedence = 1 then {{ column }} end) as {{ column }},
    {%- endfor %}
    max(case when is_own_bed then reason_code end) as official_reason_code,
    max(case when is_own_bed then responsible_body end) as official_responsible_body,
    {%- for name, kind in perspectives.items() %}
    {%- for column in said %}
            max(
                case
                    when kind = '{{ kind }}' and precedence_in_kind = 1
                        then {{ column }}
                end
            ) as {{ name }}_{{ column }},
        {%- endfor %}
    {%- endfor %}
    count(*) as organisation_count,
    max(
        case
            when is_own_bed then {{ dbt.datediff('start_date', 'until_date', 'day') }}
        end
    ) as official_delayed_days,
    max(case when is_linked then 1 else 0 end) = 1 as is_linked,
    -- Whoever speaks alone agrees with nobody, and who gives no reason neither.
    {%- for column in said[:2] %}
        case
            when count(*) > 1 and count({{ column }}) = count(*)
                then count(distinct {{ column }}) = 1
        end as is_{{ column | replace('_code', '') }}_agreed,
    {%- endfor %}
    case
        when count(*) > 1
            then
                {{ dbt.datediff('min(start_date)', 'max(start_date)', 'day') }}
                <= {{ tolerance }}
                and {{ dbt.datediff('min(until_date)', 'max(until_date)', 'day') }}
                <= {{ tolerance }}
                and count(end_date) in (0, count(*))
    end as is_date_agreed,
    min(start_date) as start_date,
    case when count(*) = count(end_date) then max(end_date) end as end_date,
    max(until_date) as until_date
from by_kind
group by delayed_transfer_id, person_id, bed_stay_id, bed_organisation_code
