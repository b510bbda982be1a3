with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
),

discharge_destinations as (
    select * from {{ ref('discharge_destinations') }}
),

admission_sources as (
    select * from {{ ref('admission_sources') }}
),

ordered as (
    select
        spells.hospital_spell_id,
        spells.person_id,
        spells.is_transfer_in,
        admission_sources.source_group,
        spells.admission_date,
        spells.discharge_date,
        lag(spells.discharge_date) over person_spells as previous_discharge_date,
        lag(discharge_destinations.destination_group) over person_spells
            as previous_destination_group
    from spells
    left join discharge_destinations
        on spells.discharge_destination_code = discharge_destinations.code
    left join admission_sources
        on spells.admission_source_code = admission_sources.code
    window person_spells as (
        partition by spells.person_id
        order by
            spells.admission_date,
            coalesce(spells.discharge_date, cast('9999-12-31' as date)),
            spells.hospital_spell_id
    )
),

-- Continuous inpatient spell: the next provider's spell goes on with the stay when it
-- begins within the allowed days of the discharge and either side calls it a transfer.
joined as (
    select
        hospital_spell_id,
        person_id,
        admission_date,
        discharge_date,
        case
            when
                {{ dbt.datediff('previous_discharge_date', 'admission_date', 'day') }}
                between 0 and {{ var('transfer_gap_days') }}
                and (
                    previous_destination_group = 'hospital'
                    or is_transfer_in
                    or source_group = 'hospital'
                )
                then 0
            else 1
        end as is_new_stay
    from ordered
),

numbered as (
    select
        *,
        sum(is_new_stay) over (
            partition by person_id
            order by
                admission_date,
                coalesce(discharge_date, cast('9999-12-31' as date)),
                hospital_spell_id
        ) as stay_number
    from joined
),

stays as (
    select
        hospital_spell_id,
        person_id,
        first_value(hospital_spell_id) over stay as continuous_stay_id,
        row_number() over stay as position_in_stay,
        min(admission_date) over (partition by person_id, stay_number)
            as stay_admission_date,
        nullif(
            max(coalesce(discharge_date, cast('9999-12-31' as date))) over (
                partition by person_id, stay_number
            ),
            cast('9999-12-31' as date)
        ) as stay_discharge_date,
        count(*) over (partition by person_id, stay_number) as spell_count
    from numbered
    window stay as (
        partition by person_id, stay_number
        order by
            admission_date,
            coalesce(discharge_date, cast('9999-12-31' as date)),
            hospital_spell_id
    )
)

select * from stays
