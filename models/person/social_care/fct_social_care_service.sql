with services as (
    select
        *,
        -- A service that is planned for later has no days yet.
        greatest(0, {{ dbt.datediff('start_date', 'until_date', 'day') }})
            as service_days
    from {{ ref('int_social_care__events') }}
    where event_type = 'Service'
),

cost_frequencies as (
    select * from {{ ref('care_cost_frequencies') }}
),

new_long_term_admissions as (
    select * from {{ ref('int_social_care__new_long_term_admissions') }}
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
    -- Weekly units run for the days of the service. Other frequencies are not in the
    -- seed: how many of their units fall in a week is not known.
    case
        when cost_frequencies.is_one_off then services.unit_cost_gbp
        when not cost_frequencies.is_one_off
            then
                services.unit_cost_gbp
                * coalesce(services.planned_units_per_week, 1)
                * services.service_days / 7.0e0
    end as cost_gbp,
    services.is_linked,
    services.end_date is null as is_open,
    services.is_end_assumed,
    services.is_home_care,
    new_long_term_admissions.social_care_event_id is not null
        as is_new_long_term_admission,
    services.start_date,
    services.end_date
from services
left join cost_frequencies
    on services.cost_frequency = cost_frequencies.cost_frequency
left join new_long_term_admissions
    on
        services.social_care_event_id
        = new_long_term_admissions.social_care_event_id
