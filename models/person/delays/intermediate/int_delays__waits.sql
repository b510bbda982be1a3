with organisation_waits as (
    select * from {{ ref('int_delays__organisation_waits') }}
),

organisations as (
    select * from {{ ref('organisations') }}
),

-- If one organisation alone lists the wait, or one gives no reason, there is nothing to
-- agree on.
waits as (
    select
        delayed_transfer_id,
        person_id,
        bed_stay_id,
        bed_organisation_code,
        count(*) as organisation_count,
        bool_or(is_linked) as is_linked,
        bool_or(is_open) as is_open,
        coalesce(bool_or(is_end_assumed), false) as is_end_assumed,
        case
            when count(*) > 1 and count(reason_code) = count(*)
                then count(distinct reason_code) = 1
        end as is_reason_agreed,
        case
            when count(*) > 1 and count(responsible_body) = count(*)
                then count(distinct responsible_body) = 1
        end as is_responsible_body_agreed,
        case
            when count(*) > 1
                then
                    {{ dbt.datediff('min(start_date)', 'max(start_date)', 'day') }}
                    <= {{ var('delay_tolerance_days') }}
                    and {{ dbt.datediff('min(until_date)', 'max(until_date)', 'day') }}
                    <= {{ var('delay_tolerance_days') }}
                    and bool_or(is_open) = bool_and(is_open)
        end as is_date_agreed,
        min(start_date) as start_date,
        max(until_date) as until_date
    from organisation_waits
    group by delayed_transfer_id, person_id, bed_stay_id, bed_organisation_code
),

leading_list as (
    select * from organisation_waits
    where precedence = 1
),

official_list as (
    select * from organisation_waits
    where is_own_bed
),

-- If two organisations of one type list the wait, the first in precedence speaks.
by_type as (
    select
        organisation_waits.*,
        organisations.type as organisation_type,
        row_number() over (
            partition by organisation_waits.delayed_transfer_id, organisations.type
            order by organisation_waits.precedence
        ) as precedence_in_type
    from organisation_waits
    inner join organisations
        on organisation_waits.organisation_code = organisations.code
),

acute as (
    select * from by_type
    where organisation_type = 'acute trust' and precedence_in_type = 1
),

community as (
    select * from by_type
    where organisation_type = 'community trust' and precedence_in_type = 1
),

mental_health as (
    select * from by_type
    where organisation_type = 'mental health trust' and precedence_in_type = 1
),

council as (
    select * from by_type
    where organisation_type = 'local authority' and precedence_in_type = 1
)

select
    waits.delayed_transfer_id,
    waits.person_id,
    waits.bed_stay_id,
    waits.bed_organisation_code,
    leading_list.lsoa_code,
    leading_list.reason_code,
    leading_list.next_setting,
    leading_list.pathway,
    official_list.reason_code as official_reason_code,
    official_list.responsible_body as official_responsible_body,
    acute.reason_code as acute_reason_code,
    acute.responsible_body as acute_responsible_body,
    community.reason_code as community_reason_code,
    community.responsible_body as community_responsible_body,
    mental_health.reason_code as mental_health_reason_code,
    mental_health.responsible_body as mental_health_responsible_body,
    council.reason_code as council_reason_code,
    council.responsible_body as council_responsible_body,
    waits.organisation_count,
    {{ dbt.datediff(
        'official_list.start_date', 'official_list.until_date', 'day'
    ) }} as official_delayed_days,
    waits.is_linked,
    waits.is_open,
    waits.is_end_assumed,
    leading_list.is_care_expected,
    waits.is_reason_agreed,
    waits.is_responsible_body_agreed,
    waits.is_date_agreed,
    waits.start_date,
    waits.until_date,
    acute.start_date as acute_start_date,
    case when not acute.is_open then acute.until_date end as acute_end_date,
    community.start_date as community_start_date,
    case when not community.is_open then community.until_date end
        as community_end_date,
    mental_health.start_date as mental_health_start_date,
    case when not mental_health.is_open then mental_health.until_date end
        as mental_health_end_date,
    council.start_date as council_start_date,
    case when not council.is_open then council.until_date end as council_end_date
from waits
left join leading_list
    on waits.delayed_transfer_id = leading_list.delayed_transfer_id
left join official_list
    on waits.delayed_transfer_id = official_list.delayed_transfer_id
left join acute on waits.delayed_transfer_id = acute.delayed_transfer_id
left join community on waits.delayed_transfer_id = community.delayed_transfer_id
left join mental_health
    on waits.delayed_transfer_id = mental_health.delayed_transfer_id
left join council on waits.delayed_transfer_id = council.delayed_transfer_id
