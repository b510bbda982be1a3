with events as (
    select * from {{ ref('int_social_care__events') }}
),

new_long_term_admissions as (
    select * from {{ ref('int_social_care__new_long_term_admissions') }}
),

services as (
    select
        *,
        -- A service that is planned has no days yet.
        greatest(0, {{ dbt.datediff(
            'start_date', 'coalesce(end_date, ' ~ as_of_date() ~ ')', 'day'
        ) }} + 1) as service_days
    from events
    where event_type = 'Service'
)

select
    services.social_care_event_id as social_care_service_id,
    services.person_id,
    services.organisation_code,
    services.lsoa_code,
    services.client_type,
    services.service_type,
    services.service_setting,
    services.service_component,
    services.delivery_mechanism,
    services.primary_support_reason,
    services.cqc_location_id,
    services.planned_units_per_week,
    cast(services.service_days as integer) as service_days,
    -- A one-off cost falls once; the others run for the days of the service. How often
    -- another unit falls in a week is not known.
    case
        when services.cost_frequency = 'One-off' then services.unit_cost_gbp
        when services.cost_frequency in ('Per hour', 'Per session', 'Per week')
            then
                services.unit_cost_gbp
                * coalesce(services.planned_units_per_week, 1)
                * services.service_days / 7.0
    end as cost_gbp,
    services.is_linked,
    services.end_date is null as is_open,
    new_long_term_admissions.social_care_event_id is not null
        as is_new_long_term_admission,
    services.start_date,
    services.end_date
from services
left join new_long_term_admissions
    on
        services.social_care_event_id
        = new_long_term_admissions.social_care_event_id
