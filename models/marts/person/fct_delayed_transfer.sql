{%- set perspectives = ['acute', 'community', 'mental_health', 'council'] -%}

with waits as (
    select
        *,
        -- Care that follows is known once the days for it have passed.
        coalesce(
            {{ add_days('end_date', var('following_care_days')) }}
            <= {{ as_of_date() }},
            false
        ) as is_follow_up_over
    from {{ ref('int_delays__waits') }}
),

bed_stays as (
    select * from {{ ref('int_delays__bed_stays') }}
),

following_care as (
    select * from {{ ref('int_delays__following_care') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

reasons as (
    select * from {{ ref('dtoc_reasons') }}
),

in_stays as (
    select
        waits.*,
        bed_stays.cost_per_night_gbp,
        bed_stays.ready_date,
        case
            when waits.bed_stay_id is null then 'stay not known'
            when waits.start_date < bed_stays.admission_date then 'before admission'
            when waits.until_date > bed_stays.discharge_date then 'after discharge'
            else 'none'
        end as date_conflict,
        case
            when waits.bed_stay_id is not null
                then greatest(0, {{ dbt.datediff(
                    'greatest(waits.start_date, bed_stays.admission_date)',
                    'least(waits.until_date, coalesce(bed_stays.discharge_date, '
                    ~ 'waits.until_date))',
                    'day'
                ) }})
        end as bed_days,
        case
            when
                bed_stays.ready_date
                between bed_stays.admission_date and bed_stays.discharge_date
                then {{ dbt.datediff(
                    'bed_stays.ready_date', 'bed_stays.discharge_date', 'day'
                ) }}
        end as ready_to_discharge_days
    from waits
    left join bed_stays on waits.bed_stay_id = bed_stays.bed_stay_id
)

select
    in_stays.delayed_transfer_id,
    in_stays.person_id,
    in_stays.bed_stay_id,
    in_stays.bed_organisation_code as organisation_code,
    in_stays.lsoa_code,
    lsoas.ward_code,
    in_stays.next_setting,
    in_stays.pathway,
    in_stays.reason_code,
    coalesce(reasons.constraint_name, 'other') as constraint_name,
    in_stays.official_reason_code,
    in_stays.official_responsible_body,
    case
        when in_stays.official_reason_code = 'I' then 'Housing'
        else in_stays.official_responsible_body
    end as official_attribution,
    in_stays.date_conflict,
    case
        when following_care.first_care is not null then following_care.first_care
        when in_stays.is_follow_up_over then 'none known'
    end as following_care,
    {%- for name in perspectives %}
        in_stays.{{ name }}_reason_code,
        in_stays.{{ name }}_responsible_body,
    {%- endfor %}
    cast(in_stays.organisation_count as integer) as organisation_count,
    cast({{ dbt.datediff(
        'in_stays.start_date', 'in_stays.until_date', 'day'
    ) }} as integer) as delayed_days,
    cast(in_stays.official_delayed_days as integer) as official_delayed_days,
    cast(in_stays.bed_days as integer) as bed_days,
    cast(in_stays.ready_to_discharge_days as integer) as ready_to_discharge_days,
    cast(following_care.days_to_first_care as integer) as days_to_following_care,
    in_stays.bed_days * in_stays.cost_per_night_gbp as cost_gbp,
    in_stays.is_linked,
    in_stays.end_date is null as is_open,
    in_stays.is_reason_agreed,
    in_stays.is_responsible_body_agreed,
    in_stays.is_date_agreed,
    case
        when in_stays.pathway in ('home', 'other') then null
        when following_care.has_waited_for_care then true
        when in_stays.is_follow_up_over then false
    end as has_waited_for_care_followed,
    in_stays.start_date,
    in_stays.end_date,
    in_stays.ready_date,
    {%- for name in perspectives %}
    in_stays.{{ name }}_start_date,
    in_stays.{{ name }}_end_date{{ "," if not loop.last }}
{%- endfor %}
from in_stays
left join lsoas on in_stays.lsoa_code = lsoas.lsoa_code
left join reasons on in_stays.reason_code = reasons.code
left join following_care
    on in_stays.delayed_transfer_id = following_care.delayed_transfer_id
