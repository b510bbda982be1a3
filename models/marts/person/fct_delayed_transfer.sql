{%- set perspectives = {
    'acute': 'RR8', 'community': 'RY6', 'mental_health': 'RGD', 'council': 'E08000035'
} -%}

with listed as (
    select * from {{ ref('int_delays__listed') }}
),

ordered as (
    select
        *,
        max(coalesce(end_date, cast('9999-12-31' as date))) over (
            partition by person_id, bed_organisation_code
            order by start_date, listed_delay_id
            rows between unbounded preceding and 1 preceding
        ) as reached_date
    from listed
),

-- Lists that overlap, or miss each other by no more than the tolerance, tell of the
-- same wait in the same bed.
numbered as (
    select
        *,
        sum(
            case
                when
                    {{ dbt.datediff('reached_date', 'start_date', 'day') }}
                    <= {{ var('delay_tolerance_days') }}
                    then 0
                else 1
            end
        ) over (
            partition by person_id, bed_organisation_code
            order by start_date, listed_delay_id
        ) as delay_number
    from ordered
),

episodes as (
    select
        person_id,
        bed_organisation_code,
        delay_number,
        min(listed_delay_id) as delayed_transfer_id,
        min(lsoa_code) as lsoa_code,
        count(distinct organisation_code) as organisation_count,
        count(distinct reason_code) as reason_count,
        count(distinct responsible_body) as responsible_body_count,
        {%- for name, code in perspectives.items() %}
        max(case when organisation_code = '{{ code }}' then reason_code end)
            as {{ name }}_reason_code,
        max(case when organisation_code = '{{ code }}' then responsible_body end)
            as {{ name }}_responsible_body,
        min(case when organisation_code = '{{ code }}' then start_date end)
            as {{ name }}_start_date,
        case
            when
                count(case when organisation_code = '{{ code }}' then end_date end)
                = count(case when organisation_code = '{{ code }}' then 1 end)
                then max(case when organisation_code = '{{ code }}' then end_date end)
        end as {{ name }}_end_date,
        {%- endfor %}
        min_by(next_setting, organisation_code) as next_setting,
        max(case when is_linked then 1 else 0 end) = 1 as is_linked,
        min(start_date) as start_date,
        case when count(*) = count(end_date) then max(end_date) end as end_date
    from numbered
    group by person_id, bed_organisation_code, delay_number
)

select
    delayed_transfer_id,
    person_id,
    bed_organisation_code as organisation_code,
    lsoa_code,
    next_setting,
    {%- for name in perspectives %}
    {{ name }}_reason_code,
    {{ name }}_responsible_body,
    {%- endfor %}
    cast(organisation_count as integer) as organisation_count,
    cast({{ dbt.datediff(
        'start_date',
        'coalesce(end_date, ' ~ add_days(as_of_date(), 1) ~ ')',
        'day'
    ) }} as integer) as delayed_days,
    is_linked,
    end_date is null as is_open,
    -- Whoever speaks alone agrees with nobody.
    case when organisation_count > 1 then reason_count = 1 end as is_reason_agreed,
    case when organisation_count > 1 then responsible_body_count = 1 end
        as is_responsible_body_agreed,
    start_date,
    end_date,
    {%- for name in perspectives if name != 'council' %}
    {{ name }}_start_date,
    {{ name }}_end_date,
    {%- endfor %}
    council_start_date,
    council_end_date
from episodes
