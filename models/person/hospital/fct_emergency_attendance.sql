with attendances as (
    select * from {{ ref('stg_acute_sus__emergency_attendances') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

categories as (
    select * from {{ ref('emergency_attendance_categories') }}
),

department_types as (
    select * from {{ ref('emergency_department_types') }}
),

destinations as (
    select * from {{ ref('emergency_discharge_destinations') }}
),

lsoa_successors as (
    select * from {{ ref('int_place__lsoa_successors') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
),

identified as (
    select
        {{ event_id('emergency_attendance', [
            'attendances.provider_code', 'attendances.attendance_id'
        ]) }} as emergency_attendance_id,
        links.person_id,
        attendances.provider_code as organisation_code,
        attendances.site_code,
        coalesce(lsoa_successors.lsoa_code, attendances.lsoa_code) as lsoa_code,
        attendances.department_type_code,
        department_types.department_group,
        attendances.attendance_category_code,
        attendances.arrival_mode_code,
        attendances.chief_complaint_code,
        attendances.acuity_code,
        attendances.discharge_status_code,
        attendances.discharge_destination_code,
        cast(attendances.price_gbp as double) as cost_gbp,
        links.is_linked,
        categories.is_unplanned,
        -- A destination that is not in the list is no bed of the hospital.
        case
            when attendances.discharge_destination_code is not null
                then coalesce(destinations.is_admitted, false)
        end as is_admitted,
        attendances.ambulance_incident_number is not null as is_ambulance_conveyed,
        attendances.arrival_date,
        attendances.departure_date,
        attendances.arrival_time,
        attendances.departure_time,
        -- Who arrives in the evening and leaves in the morning leaves the next day.
        coalesce(
            attendances.departure_date = attendances.arrival_date
            and attendances.arrival_time >= '12:00:00'
            and attendances.departure_time < '12:00:00',
            false
        ) as is_departure_date_assumed
    from attendances
    inner join links on attendances.source_record_id = links.source_record_id
    left join categories on attendances.attendance_category_code = categories.code
    left join department_types
        on attendances.department_type_code = department_types.code
    left join destinations
        on attendances.discharge_destination_code = destinations.code
    left join lsoa_successors
        on attendances.lsoa_code = lsoa_successors.lsoa_2011_code
    cross join id_salt
),

dated as (
    select
        {{ star_except(['departure_date']) }},
        case
            when is_departure_date_assumed then {{ add_days('departure_date', 1) }}
            else departure_date
        end as departure_date
    from identified
),

timed as (
    select
        *,
        try_cast(
            cast(arrival_date as {{ dbt.type_string() }}) || ' ' || arrival_time
            as timestamp
        ) as arrival_at,
        try_cast(
            cast(departure_date as {{ dbt.type_string() }}) || ' ' || departure_time
            as timestamp
        ) as departure_at
    from dated
),

-- Clocks go forward and back. Who leaves before they arrive does so in the hour that
-- comes twice; any other such departure is not known.
measured as (
    select
        *,
        {{ dbt.datediff(
            local_to_utc('arrival_at'), local_to_utc('departure_at'), 'minute'
        ) }}
        + case
            when departure_at >= arrival_at then 0
            when {{ clocks_go_back_on('arrival_date') }} then 60
        end as passed_minutes
    from timed
)

select
    measured.emergency_attendance_id,
    measured.person_id,
    measured.organisation_code,
    measured.site_code,
    coalesce(residences.lsoa_code, measured.lsoa_code) as lsoa_code,
    measured.department_type_code,
    measured.attendance_category_code,
    measured.arrival_mode_code,
    measured.chief_complaint_code,
    measured.acuity_code,
    measured.discharge_status_code,
    measured.discharge_destination_code,
    measured.department_group,
    cast(
        case when measured.passed_minutes >= 0 then measured.passed_minutes end
        as integer
    ) as minutes_in_department,
    measured.cost_gbp,
    measured.is_linked,
    measured.is_unplanned,
    measured.is_admitted,
    measured.is_ambulance_conveyed,
    coalesce(measured.department_group = 'same day', false)
        as is_same_day_emergency_care,
    measured.is_departure_date_assumed,
    coalesce(
        measured.departure_date < measured.arrival_date
        or (
            measured.departure_at < measured.arrival_at
            and coalesce(measured.passed_minutes, -1) < 0
        ),
        false
    ) as is_departure_before_arrival,
    measured.arrival_date,
    measured.departure_date,
    measured.arrival_at
from measured
left join residences
    on
        measured.person_id = residences.person_id
        and measured.arrival_date >= residences.from_date
        and measured.arrival_date < residences.until_date
