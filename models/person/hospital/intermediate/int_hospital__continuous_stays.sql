with spells as (
    select
        *,
        -- A day case or a regular attender comes for one visit, even in the middle of a
        -- stay, so each of these spells forms a chain by itself.
        case
            when is_day_case_or_regular then hospital_spell_id
            else person_id
        end as chain_id,
        coalesce(discharge_date, {{ open_end() }}) as until_date,
        -- The spell that counts begins the stay, not the one that repeats it.
        case when is_probable_duplicate then 1 else 0 end as duplicate_number,
        -- An open spell holds the person in its bed for as long as a file has said so.
        coalesce(
            discharge_date, {{ add_days('last_listed_date', 1) }}, {{ open_end() }}
        ) as held_until_date
    from {{ ref('int_hospital__provider_spells') }}
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
        spells.chain_id,
        spells.admission_date,
        spells.until_date,
        spells.duplicate_number,
        spells.is_transfer_in
        or admission_sources.source_group = 'hospital'
        or lag(discharge_destinations.destination_group) over chain = 'hospital'
            as is_transfer,
        max(spells.held_until_date) over (
            partition by spells.chain_id
            order by
                spells.admission_date,
                spells.until_date,
                spells.duplicate_number,
                spells.hospital_spell_id
            rows between unbounded preceding and 1 preceding
        ) as reached_date
    from spells
    left join discharge_destinations
        on spells.discharge_destination_code = discharge_destinations.code
    left join admission_sources
        on spells.admission_source_code = admission_sources.code
    window chain as (
        partition by spells.chain_id
        order by
            spells.admission_date,
            spells.until_date,
            spells.duplicate_number,
            spells.hospital_spell_id
    )
),

-- Continuous inpatient spell: the next spell continues the stay when it begins within
-- the allowed days of the discharge and either hospital calls it a transfer. No one is
-- in two hospitals at once: a spell that begins before the discharge continues the stay
-- whatever the hospitals call it.
numbered as (
    select
        *,
        sum(
            case
                when admission_date < reached_date then 0
                when duplicate_number = 1 and admission_date = reached_date then 0
                when
                    is_transfer
                    and {{ dbt.datediff(
                        'reached_date', 'admission_date', 'day'
                    ) }} between 0 and {{ var('transfer_gap_days') }}
                    then 0
                else 1
            end
        ) over (
            partition by chain_id
            order by admission_date, until_date, duplicate_number, hospital_spell_id
        ) as stay_number
    from ordered
),

stays as (
    select
        hospital_spell_id,
        person_id,
        first_value(hospital_spell_id) over stay as continuous_stay_id,
        row_number() over stay as position_in_stay,
        count(*) over whole_stay as spell_count,
        coalesce(admission_date < reached_date, false) as is_inside_stay,
        is_transfer,
        -- The first day that no earlier spell of the stay accounts for.
        greatest(admission_date, coalesce(reached_date, admission_date))
            as counted_from_date,
        min(admission_date) over whole_stay as stay_admission_date,
        nullif(max(until_date) over whole_stay, {{ open_end() }}) as stay_discharge_date
    from numbered
    window
        stay as (
            partition by chain_id, stay_number
            order by admission_date, until_date, duplicate_number, hospital_spell_id
        ),
        whole_stay as (partition by chain_id, stay_number)
)

select * from stays
