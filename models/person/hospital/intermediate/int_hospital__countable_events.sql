{{ config(materialized='view') }}

with attendances as (
    select * from {{ ref('fct_emergency_attendance') }}
),

spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

discharges as (
    select * from {{ ref('int_hospital__discharges') }}
),

readmissions as (
    select distinct index_stay_id from {{ ref('int_hospital__readmissions') }}
),

emergency_nights as (
    select * from {{ ref('int_hospital__emergency_nights') }}
),

measures as (
    select * from {{ ref('measures') }}
),

-- A column named for a measure holds what the event adds to it, and null when the event
-- does not count.
by_arrival as (
    select
        emergency_attendance_id as event_id,
        person_id,
        lsoa_code,
        arrival_date as event_date,
        -- Same day emergency care is no attendance at an emergency department.
        case when not is_same_day_emergency_care then 1 end as unplanned_attendance,
        case when is_ambulance_conveyed and not is_same_day_emergency_care then 1 end
            as ambulance_attendance,
        case when not is_admitted and not is_same_day_emergency_care then 1 end
            as attendance_not_admitted,
        case when department_group = 'major' then 1 end as unplanned_attendance_type_1,
        case when department_group = 'mono-specialty' then 1 end
            as unplanned_attendance_type_2,
        case when department_group = 'urgent treatment' then 1 end
            as unplanned_attendance_type_3,
        case when is_same_day_emergency_care then 1 end
            as unplanned_attendance_same_day
    from attendances
    where is_unplanned
),

by_admission as (
    select
        hospital_spell_id as event_id,
        person_id,
        lsoa_code,
        admission_date as event_date,
        case when is_elective_admission then 1 end as elective_admission,
        case when is_emergency_admission or is_maternity_admission then 1 end
            as non_elective_admission,
        case when is_emergency_admission then 1 end as emergency_admission,
        case when is_emergency_admission and is_ambulance_conveyed then 1 end
            as ambulance_emergency_admission,
        case when is_emergency_admission and length_of_stay_days = 0 then 1 end
            as zero_day_emergency_admission,
        case when is_emergency_admission and not is_open then 1 end
            as ended_emergency_admission,
        case
            when is_emergency_admission and length_of_stay_days > 0
                then length_of_stay_days
        end as emergency_bed_days,
        case when is_emergency_readmission then 1 end as emergency_readmission,
        case when is_emergency_admission and has_fall then 1 end as fall_admission,
        case when is_acsc_admission then 1 end as acsc_admission
    from spells
),

by_discharge as (
    select
        hospital_spell_id as event_id,
        person_id,
        lsoa_code,
        discharge_date as event_date,
        case when discharge_delay_days > 0 then discharge_delay_days end
            as discharge_delay_days,
        case when is_death_in_hospital then null else 1 end
            as live_discharge_with_ready_date,
        case
            when is_death_in_hospital then null
            when discharge_delay_days = 0 then 1
        end as live_discharge_on_ready_date,
        case
            when is_death_in_hospital then null
            when discharge_delay_days > 0 then discharge_delay_days
        end as live_discharge_delay_days
    from spells
    where discharge_delay_days is not null
),

-- Whether a readmission followed is known once the days for it are over.
by_stay_discharge as (
    select
        spells.hospital_spell_id as event_id,
        spells.person_id,
        spells.lsoa_code,
        discharges.stay_discharge_date as event_date,
        1 as index_discharge,
        case when readmissions.index_stay_id is not null then 1 end
            as readmitted_discharge
    from discharges
    inner join spells on discharges.continuous_stay_id = spells.hospital_spell_id
    left join readmissions
        on discharges.continuous_stay_id = readmissions.index_stay_id
    where
        discharges.is_index
        and {{ add_days(
            'discharges.stay_discharge_date', var('readmission_days') - 1
        ) }} <= {{ as_of_date() }}
)

select
    'emergency_attendance' as event_type,
    event_id,
    person_id,
    lsoa_code,
    event_date,
    measure,
    amount
from by_arrival
unpivot (amount for measure in (
    unplanned_attendance, ambulance_attendance, attendance_not_admitted,
    unplanned_attendance_type_1, unplanned_attendance_type_2,
    unplanned_attendance_type_3, unplanned_attendance_same_day
))
union all
select
    'hospital_spell' as event_type,
    event_id,
    person_id,
    lsoa_code,
    event_date,
    measure,
    amount
from by_admission
unpivot (amount for measure in (
    elective_admission, non_elective_admission, emergency_admission,
    ambulance_emergency_admission, zero_day_emergency_admission,
    ended_emergency_admission, emergency_bed_days, emergency_readmission,
    fall_admission, acsc_admission
))
union all
select
    'hospital_spell' as event_type,
    event_id,
    person_id,
    lsoa_code,
    event_date,
    measure,
    amount
from by_discharge
unpivot (amount for measure in (
    discharge_delay_days, live_discharge_with_ready_date,
    live_discharge_on_ready_date, live_discharge_delay_days
))
union all
select
    'hospital_spell' as event_type,
    event_id,
    person_id,
    lsoa_code,
    event_date,
    measure,
    amount
from by_stay_discharge
unpivot (amount for measure in (index_discharge, readmitted_discharge))
union all
-- One measure for each group of ambulatory care sensitive conditions.
select
    'hospital_spell' as event_type,
    spells.hospital_spell_id as event_id,
    spells.person_id,
    spells.lsoa_code,
    spells.admission_date as event_date,
    measures.measure,
    1 as amount
from spells
inner join measures on spells.acsc_condition_group = measures.acsc_condition_group
where spells.is_acsc_admission
union all
select
    'hospital_spell' as event_type,
    continuous_stay_id as event_id,
    person_id,
    lsoa_code,
    first_date as event_date,
    'emergency_stay_nights' as measure,
    night_count as amount
from emergency_nights
