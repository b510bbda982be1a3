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
        attendances.attendance_category_code,
        attendances.arrival_mode_code,
        attendances.chief_complaint_code,
        attendances.acuity_code,
        attendances.discharge_status_code,
        attendances.discharge_destination_code,
        cast(attendances.price_gbp as double) as cost_gbp,
        links.is_linked,
        categories.is_unplanned,
        attendances.discharge_destination_code in (
            '306706006', '1066331000000109', '1066361000000104', '1066371000000106',
            '1066381000000108', '1066391000000105', '1066401000000108'
        ) as is_admitted,
        attendances.ambulance_incident_number is not null as is_ambulance_conveyed,
        attendances.arrival_date,
        attendances.departure_date,
        try_cast(
            cast(attendances.arrival_date as {{ dbt.type_string() }})
            || ' ' || attendances.arrival_time as timestamp
        ) as arrival_at,
        try_cast(
            cast(attendances.departure_date as {{ dbt.type_string() }})
            || ' ' || attendances.departure_time as timestamp
        ) as departure_at
    from attendances
    inner join links on attendances.source_record_id = links.source_record_id
    left join categories on attendances.attendance_category_code = categories.code
    left join lsoa_successors
        on attendances.lsoa_code = lsoa_successors.lsoa_2011_code
    cross join id_salt
)

select
    identified.emergency_attendance_id,
    identified.person_id,
    identified.organisation_code,
    identified.site_code,
    coalesce(residences.lsoa_code, identified.lsoa_code) as lsoa_code,
    identified.department_type_code,
    identified.attendance_category_code,
    identified.arrival_mode_code,
    identified.chief_complaint_code,
    identified.acuity_code,
    identified.discharge_status_code,
    identified.discharge_destination_code,
    cast({{ dbt.datediff(
        'identified.arrival_at', 'identified.departure_at', 'minute'
    ) }} as integer) as minutes_in_department,
    identified.cost_gbp,
    identified.is_linked,
    identified.is_unplanned,
    identified.is_admitted,
    identified.is_ambulance_conveyed,
    identified.arrival_date,
    identified.departure_date,
    identified.arrival_at
from identified
left join residences
    on
        identified.person_id = residences.person_id
        and identified.arrival_date >= residences.from_date
        and identified.arrival_date
        <= coalesce(residences.to_date, {{ as_of_date() }})
