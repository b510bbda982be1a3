with spells as (
    select * from {{ ref('int_hospital__provider_spells') }}
),

discharge_destinations as (
    select * from {{ ref('discharge_destinations') }}
),

admission_sources as (
    select * from {{ ref('admission_sources') }}
),

-- A day case or a regular attender comes for the visit and goes home, also out of the
-- middle of a stay: each is a chain of its own.
chained as (
    select
        *,
        case
            when patient_classification_code in ('2', '3', '4') then hospital_spell_id
            else person_id
        end as chain_id
    from spells
),

ordered as (
    select
        chained.hospital_spell_id,
        chained.person_id,
        chained.chain_id,
        chained.is_transfer_in,
        admission_sources.source_group,
        chained.admission_date,
        chained.discharge_date,
        lag(chained.discharge_date) over chain as previous_discharge_date,
        lag(discharge_destinations.destination_group) over chain
            as previous_destination_group
    from chained
    left join discharge_destinations
        on chained.discharge_destination_code = discharge_destinations.code
    left join admission_sources
        on chained.admission_source_code = admission_sources.code
    window chain as (
        partition by chained.chain_id
        order by
            chained.admission_date,
            coalesce(chained.discharge_date, cast('9999-12-31' as date)),
            chained.hospital_spell_id
    )
),

-- Continuous inpatient spell: the next provider's spell goes on with the stay when it
-- begins within the allowed days of the discharge and either side calls it a transfer.
joined as (
    select
        hospital_spell_id,
        person_id,
        chain_id,
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
            partition by chain_id
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
        min(admission_date) over (partition by chain_id, stay_number)
            as stay_admission_date,
        nullif(
            max(coalesce(discharge_date, cast('9999-12-31' as date))) over (
                partition by chain_id, stay_number
            ),
            cast('9999-12-31' as date)
        ) as stay_discharge_date,
        count(*) over (partition by chain_id, stay_number) as spell_count
    from numbered
    window stay as (
        partition by chain_id, stay_number
        order by
            admission_date,
            coalesce(discharge_date, cast('9999-12-31' as date)),
            hospital_spell_id
    )
)

select * from stays
