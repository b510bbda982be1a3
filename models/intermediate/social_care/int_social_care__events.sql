with events as (
    select * from {{ ref('stg_social_care_cld__events') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

service_types as (
    select * from {{ ref('care_service_types') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
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
        events.*
    from events
    inner join links on events.source_record_id = links.source_record_id
    cross join id_salt
)

select
    identified.social_care_event_id,
    identified.person_id,
    identified.provider_code as organisation_code,
    coalesce(residences.lsoa_code, identified.lsoa_code) as lsoa_code,
    identified.event_type,
    identified.client_type,
    identified.route_of_access,
    identified.assessment_type,
    identified.service_type,
    case
        when service_types.setting_group = 'care home' then 'care home long term'
        when
            identified.service_component in (
                'Short term nursing care', 'Short term residential care'
            )
            then 'care home short term'
        else service_types.setting_group
    end as service_setting,
    identified.service_component,
    identified.delivery_mechanism,
    identified.primary_support_reason,
    identified.accommodation_status,
    identified.event_outcome,
    identified.cqc_location_id,
    identified.cost_frequency,
    identified.unit_cost_gbp,
    identified.planned_units_per_week,
    identified.is_linked,
    identified.start_date,
    identified.end_date
from identified
left join service_types on identified.service_type = service_types.service_type
left join residences
    on
        identified.person_id = residences.person_id
        and identified.start_date >= residences.from_date
        and identified.start_date
        <= coalesce(residences.to_date, {{ as_of_date() }})
