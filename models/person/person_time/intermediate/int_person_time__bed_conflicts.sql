with spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

continuous_stays as (
    select * from {{ ref('int_hospital__continuous_stays') }}
),

mental_health_spells as (
    select * from {{ ref('fct_mental_health_spell') }}
),

community_bed_stays as (
    select * from {{ ref('int_community__bed_stays') }}
),

-- A day case during a stay is no second bed, and neither is hospital care at home. The
-- day of discharge does not count.
stays as (
    select
        hospital_spell_id as event_id,
        person_id,
        'hospital_spell' as event_type,
        'acute_sus' as source_feed,
        organisation_code,
        admission_date as from_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from spells
    where
        is_ordinary_admission
        and not is_probable_duplicate
        and not coalesce(is_hospital_at_home, false)
    union all
    select
        mental_health_spell_id as event_id,
        person_id,
        'mental_health_spell' as event_type,
        'mental_health_mhsds' as source_feed,
        organisation_code,
        admission_date as from_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from mental_health_spells
    union all
    select
        community_bed_stay_id as event_id,
        person_id,
        'community_bed_stay' as event_type,
        'community_beds' as source_feed,
        organisation_code,
        admission_date as from_date,
        coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
    from community_bed_stays
),

-- Two spells of acute hospitals that overlap are one continuous stay, below.
in_two_beds as (
    select
        'two_beds_at_once' as kind,
        later.event_id,
        earlier.event_id as other_event_id,
        later.person_id,
        later.event_type,
        later.source_feed,
        later.organisation_code,
        later.from_date as event_date,
        {{ dbt.datediff(
            'later.from_date',
            'least(earlier.until_date, later.until_date)',
            'day'
        ) }} as overlap_days
    from stays as later
    inner join stays as earlier
        on
            later.person_id = earlier.person_id
            and later.from_date < earlier.until_date
            and later.until_date > earlier.from_date
    where
        (
            later.from_date > earlier.from_date
            or (
                later.from_date = earlier.from_date
                and later.event_id > earlier.event_id
            )
        )
        and later.until_date > later.from_date
        and not (
            later.event_type = 'hospital_spell'
            and earlier.event_type = 'hospital_spell'
        )
),

in_one_stay as (
    select
        case
            when spells.is_probable_duplicate then 'probable_duplicate_spell'
            when continuous_stays.is_transfer then 'overlapping_transfer'
            else 'admission_inside_stay'
        end as kind,
        spells.hospital_spell_id as event_id,
        -- The spell it repeats cannot always be told from the others of the stay.
        nullif(spells.continuous_stay_id, spells.hospital_spell_id) as other_event_id,
        spells.person_id,
        'hospital_spell' as event_type,
        'acute_sus' as source_feed,
        spells.organisation_code,
        spells.admission_date as event_date,
        {{ dbt.datediff(
            'spells.admission_date',
            'least(
                continuous_stays.counted_from_date,
                coalesce(spells.discharge_date, continuous_stays.counted_from_date)
            )',
            'day'
        ) }} as overlap_days
    from spells
    inner join continuous_stays
        on spells.hospital_spell_id = continuous_stays.hospital_spell_id
    where spells.is_probable_duplicate or spells.is_inside_stay
)

select * from in_two_beds
union all
select * from in_one_stay
