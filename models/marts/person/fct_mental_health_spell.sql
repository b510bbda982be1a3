with spells as (
    select * from {{ ref('stg_mental_health_mhsds__spells') }}
),

patients as (
    select * from {{ ref('stg_mental_health_mhsds__patients') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
),

delays as (
    select * from {{ ref('int_mental_health__spell_delays') }}
),

admission_methods as (
    select * from {{ ref('admission_methods') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

identified as (
    select
        {{ event_id('mental_health_spell', [
            'spells.provider_code', 'spells.spell_id'
        ]) }} as mental_health_spell_id,
        links.person_id,
        spells.provider_code as organisation_code,
        patients.lsoa_code,
        spells.admission_method_code,
        spells.admission_source_code,
        spells.discharge_destination_code,
        spells.discharge_method_code,
        links.is_linked,
        spells.admission_date,
        spells.discharge_date
    from spells
    inner join patients
        on
            spells.provider_code = patients.provider_code
            and spells.local_patient_id = patients.local_patient_id
    inner join links on patients.source_record_id = links.source_record_id
    cross join id_salt
)

select
    identified.mental_health_spell_id,
    identified.person_id,
    identified.organisation_code,
    coalesce(residences.lsoa_code, identified.lsoa_code) as lsoa_code,
    identified.admission_method_code,
    identified.admission_source_code,
    identified.discharge_destination_code,
    identified.discharge_method_code,
    cast({{ dbt.datediff(
        'identified.admission_date', 'identified.discharge_date', 'day'
    ) }} as integer) as length_of_stay_days,
    cast(coalesce(delays.delayed_days, 0) as integer) as delayed_days,
    identified.is_linked,
    identified.discharge_date is null as is_open,
    coalesce(admission_methods.is_emergency, false) as is_emergency_admission,
    identified.admission_date,
    identified.discharge_date
from identified
left join delays
    on identified.mental_health_spell_id = delays.mental_health_spell_id
left join admission_methods
    on identified.admission_method_code = admission_methods.code
left join residences
    on
        identified.person_id = residences.person_id
        and identified.admission_date >= residences.from_date
        and identified.admission_date
        <= coalesce(residences.to_date, {{ as_of_date() }})
