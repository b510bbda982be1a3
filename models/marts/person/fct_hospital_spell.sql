with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
),

stays as (
    select * from {{ ref('int_hospital__continuous_stays') }}
),

readmissions as (
    select * from {{ ref('int_hospital__readmissions') }}
),

acsc_spells as (
    select * from {{ ref('int_hospital__ambulatory_care_sensitive_spells') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
),

measured as (
    select
        spells.*,
        {{ dbt.datediff('admission_date', 'discharge_date', 'day') }}
            as length_of_stay_days,
        -- A ready date outside the stay says nothing about the delay.
        case
            when
                patient_classification_code = '1'
                and ready_date between admission_date and discharge_date
                then {{ dbt.datediff('ready_date', 'discharge_date', 'day') }}
        end as discharge_delay_days
    from spells
)

select
    measured.hospital_spell_id,
    measured.person_id,
    stays.continuous_stay_id,
    measured.provider_code as organisation_code,
    measured.site_code,
    coalesce(residences.lsoa_code, measured.lsoa_code) as lsoa_code,
    measured.admission_method_code,
    measured.admission_source_code,
    measured.patient_classification_code,
    measured.discharge_destination_code,
    measured.discharge_method_code,
    measured.hrg_code,
    measured.primary_icd10_code,
    acsc_spells.condition_group as acsc_condition_group,
    case
        when measured.discharge_delay_days is null then null
        when measured.discharge_delay_days <= 1
            then cast(measured.discharge_delay_days as {{ dbt.type_string() }})
        when measured.discharge_delay_days <= 3 then '2-3'
        when measured.discharge_delay_days <= 6 then '4-6'
        when measured.discharge_delay_days <= 13 then '7-13'
        when measured.discharge_delay_days <= 20 then '14-20'
        else '21+'
    end as discharge_delay_band,
    cast(stays.position_in_stay as integer) as position_in_stay,
    cast(measured.length_of_stay_days as integer) as length_of_stay_days,
    cast(measured.discharge_delay_days as integer) as discharge_delay_days,
    cast(readmissions.days_since_discharge as integer) as days_since_discharge,
    cast(measured.price_gbp as double) as cost_gbp,
    measured.is_linked,
    measured.is_open,
    measured.is_emergency_admission,
    measured.is_transfer_in,
    measured.is_death_in_hospital,
    measured.is_ambulance_conveyed,
    measured.has_fall,
    measured.has_cancer,
    measured.has_palliative_care,
    acsc_spells.hospital_spell_id is not null and stays.position_in_stay = 1
        as is_acsc_admission,
    readmissions.hospital_spell_id is not null as is_emergency_readmission,
    measured.admission_date,
    measured.discharge_date,
    measured.ready_date,
    stays.stay_admission_date,
    stays.stay_discharge_date
from measured
inner join stays on measured.hospital_spell_id = stays.hospital_spell_id
left join readmissions
    on measured.hospital_spell_id = readmissions.hospital_spell_id
left join acsc_spells on measured.hospital_spell_id = acsc_spells.hospital_spell_id
left join residences
    on
        measured.person_id = residences.person_id
        and measured.admission_date >= residences.from_date
        and measured.admission_date
        <= coalesce(residences.to_date, {{ as_of_date() }})
