with hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
    where is_ordinary_admission and not coalesce(is_probable_duplicate, false)
),

community_bed_stays as (
    select * from {{ ref('int_community__bed_stays') }}
),

mental_health_spells as (
    select * from {{ ref('fct_mental_health_spell') }}
),

spell_delays as (
    select * from {{ ref('int_mental_health__spell_delays') }}
),

stays as (
    select
        hospital_spell_id as bed_stay_id,
        person_id,
        organisation_code,
        cost_gbp / nullif(length_of_stay_days, 0) as cost_per_night_gbp,
        admission_date,
        ready_date,
        discharge_date
    from hospital_spells
    union all
    select
        community_bed_stay_id as bed_stay_id,
        person_id,
        organisation_code,
        cast(null as double) as cost_per_night_gbp,
        admission_date,
        ready_date,
        discharge_date
    from community_bed_stays
    union all
    select
        mental_health_spells.mental_health_spell_id as bed_stay_id,
        mental_health_spells.person_id,
        mental_health_spells.organisation_code,
        cast(null as double) as cost_per_night_gbp,
        mental_health_spells.admission_date,
        spell_delays.ready_date,
        mental_health_spells.discharge_date
    from mental_health_spells
    left join spell_delays
        on
            mental_health_spells.mental_health_spell_id
            = spell_delays.mental_health_spell_id
)

-- A ready date outside the stay says nothing about the delay.
select
    bed_stay_id,
    person_id,
    organisation_code,
    cost_per_night_gbp,
    case
        when ready_date between admission_date and discharge_date
            then {{ dbt.datediff('ready_date', 'discharge_date', 'day') }}
    end as ready_to_discharge_days,
    admission_date,
    ready_date,
    coalesce(discharge_date, {{ add_days(as_of_date(), 1) }}) as until_date
from stays
