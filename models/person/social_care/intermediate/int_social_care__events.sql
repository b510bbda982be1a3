with events as (
    select * from {{ ref('stg_social_care_cld__events') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

service_types as (
    select * from {{ ref('care_service_types') }}
),

service_components as (
    select * from {{ ref('care_service_components') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
),

submissions as (
    select * from {{ ref('stg_feeds__submissions') }}
    where feed = 'social_care_cld'
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

lsoa_successors as (
    select * from {{ ref('int_place__lsoa_successors') }}
),

identified as (
    select
        {{ event_id('social_care_event', [
            'events.provider_code',
            'events.local_patient_id',
            'events.event_type',
            'cast(events.start_date as ' ~ dbt.type_string() ~ ')',
            'events.client_type',
            'events.event_detail'
        ]) }} as social_care_event_id,
        links.person_id,
        links.is_linked,
        -- Nothing runs beyond the end that was delivered, the last day on which a file
        -- confirmed it, or the day of death. An end that lies ahead stays when the
        -- sender has merely been silent since.
        least(
            coalesce(events.end_date, {{ open_end() }}),
            coalesce(deaths.death_date, {{ open_end() }}),
            case
                when
                    submissions.confirmed_until_date is null
                    or (
                        submissions.next_period_start_date is null
                        and events.end_date is not null
                    )
                    then {{ open_end() }}
                else
                    greatest(
                        submissions.confirmed_until_date,
                        coalesce(
                            events.period_end_date, submissions.confirmed_until_date
                        )
                    )
            end
        ) as last_date,
        events.*
    from events
    inner join links on events.source_record_id = links.source_record_id
    left join submissions on events.file_id = submissions.file_id
    left join deaths on links.person_id = deaths.person_id
    cross join id_salt
),

ended as (
    select
        {{ star_except(['end_date', 'last_date']) }},
        end_date as delivered_end_date,
        nullif(greatest(start_date, last_date), {{ open_end() }}) as end_date,
        -- An event that begins after its last day has no days.
        case
            when last_date = {{ open_end() }} then {{ add_days(as_of_date(), 1) }}
            else greatest(start_date, {{ add_days('last_date', 1) }})
        end as until_date
    from identified
)

select
    ended.social_care_event_id,
    ended.person_id,
    ended.provider_code as organisation_code,
    coalesce(
        residences.lsoa_code, lsoa_successors.lsoa_code, ended.lsoa_code
    ) as lsoa_code,
    ended.event_type,
    ended.client_type,
    ended.route_of_access,
    ended.assessment_type,
    ended.service_type,
    case
        when service_types.setting_group = 'care home long term'
            then service_types.setting_group
        else coalesce(service_components.setting_group, service_types.setting_group)
    end as service_setting,
    ended.service_component,
    ended.delivery_mechanism,
    ended.primary_support_reason,
    ended.accommodation_status,
    ended.event_outcome,
    ended.cqc_location_id,
    ended.cost_frequency,
    ended.unit_cost_gbp,
    ended.planned_units_per_week,
    ended.is_linked,
    coalesce(service_components.is_home_care, false) as is_home_care,
    coalesce(
        ended.end_date <> ended.delivered_end_date, ended.end_date is not null
    ) as is_end_assumed,
    ended.start_date,
    ended.end_date,
    ended.until_date
from ended
left join service_types on ended.service_type = service_types.service_type
left join service_components
    on ended.service_component = service_components.service_component
left join lsoa_successors
    on ended.lsoa_code = lsoa_successors.lsoa_2011_code
left join residences
    on
        ended.person_id = residences.person_id
        and ended.start_date >= residences.from_date
        and ended.start_date < residences.until_date
