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

submissions as (
    select * from {{ ref('stg_feeds__submissions') }}
    where feed = 'mental_health_mhsds'
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
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
        spells.discharge_date as delivered_discharge_date,
        {{ assumed_end(
            'spells.admission_date',
            'spells.discharge_date',
            'submissions.confirmed_until_date',
            'deaths.death_date'
        ) }} as assumed_discharge_date
    from spells
    inner join patients
        on
            spells.provider_code = patients.provider_code
            and spells.local_patient_id = patients.local_patient_id
            and {{ holds_number_on('patients', 'spells.admission_date') }}
    inner join links on patients.source_record_id = links.source_record_id
    left join submissions on spells.file_id = submissions.file_id
    left join deaths on links.person_id = deaths.person_id
    cross join id_salt
),

ended as (
    select
        *,
        assumed_discharge_date is not null as is_end_assumed,
        coalesce(delivered_discharge_date, assumed_discharge_date) as discharge_date
    from identified
)

select
    ended.mental_health_spell_id,
    ended.person_id,
    ended.organisation_code,
    coalesce(residences.lsoa_code, ended.lsoa_code) as lsoa_code,
    ended.admission_method_code,
    ended.admission_source_code,
    ended.discharge_destination_code,
    ended.discharge_method_code,
    cast({{ dbt.datediff(
        'ended.admission_date', 'ended.discharge_date', 'day'
    ) }} as integer) as length_of_stay_days,
    cast(coalesce(delays.delayed_days, 0) as integer) as delayed_days,
    ended.is_linked,
    ended.discharge_date is null as is_open,
    ended.is_end_assumed,
    coalesce(admission_methods.is_emergency, false) as is_emergency_admission,
    ended.admission_date,
    ended.discharge_date
from ended
left join delays
    on ended.mental_health_spell_id = delays.mental_health_spell_id
left join admission_methods
    on ended.admission_method_code = admission_methods.code
left join residences
    on
        ended.person_id = residences.person_id
        and ended.admission_date >= residences.from_date
        and ended.admission_date < residences.until_date
