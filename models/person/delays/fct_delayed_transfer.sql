with waits as (
    select
        *,
        -- Following care is known once the days for it have passed.
        not is_open
        and {{ add_days('until_date', var('following_care_days')) }}
        <= {{ as_of_date() }} as is_follow_up_over
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
        bed_stays.ready_to_discharge_days,
        case
            when waits.bed_stay_id is null then 'stay not found'
            when waits.start_date < bed_stays.admission_date then 'before admission'
            when waits.until_date > bed_stays.until_date then 'after discharge'
            else 'none'
        end as date_conflict,
        case
            when waits.bed_stay_id is not null
                then greatest(0, {{ dbt.datediff(
                    'greatest(waits.start_date, bed_stays.admission_date)',
                    'least(waits.until_date, bed_stays.until_date)',
                    'day'
                ) }})
        end as bed_days
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
    coalesce(official_reasons.attributed_to, in_stays.official_responsible_body)
        as official_attribution,
    in_stays.date_conflict,
    case
        when following_care.first_care is not null then following_care.first_care
        when in_stays.is_follow_up_over then 'none known'
    end as following_care,
    in_stays.acute_reason_code,
    in_stays.acute_responsible_body,
    in_stays.community_reason_code,
    in_stays.community_responsible_body,
    in_stays.mental_health_reason_code,
    in_stays.mental_health_responsible_body,
    in_stays.council_reason_code,
    in_stays.council_responsible_body,
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
    in_stays.is_open,
    coalesce(in_stays.is_end_assumed, false) as is_end_assumed,
    in_stays.is_reason_agreed,
    in_stays.is_responsible_body_agreed,
    in_stays.is_date_agreed,
    case
        when not in_stays.is_care_expected then null
        when following_care.has_waited_for_care then true
        when in_stays.is_follow_up_over then false
    end as has_waited_for_care_followed,
    in_stays.start_date,
    case when not in_stays.is_open then in_stays.until_date end as end_date,
    in_stays.ready_date,
    in_stays.acute_start_date,
    in_stays.acute_end_date,
    in_stays.community_start_date,
    in_stays.community_end_date,
    in_stays.mental_health_start_date,
    in_stays.mental_health_end_date,
    in_stays.council_start_date,
    in_stays.council_end_date
from in_stays
left join lsoas on in_stays.lsoa_code = lsoas.lsoa_code
left join reasons on in_stays.reason_code = reasons.code
left join reasons as official_reasons
    on in_stays.official_reason_code = official_reasons.code
left join following_care
    on in_stays.delayed_transfer_id = following_care.delayed_transfer_id
