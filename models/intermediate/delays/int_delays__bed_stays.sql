with hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

community_bed_stays as (
    select * from {{ ref('int_community__bed_stays') }}
),

mental_health_spells as (
    select * from {{ ref('fct_mental_health_spell') }}
),

spell_delays as (
    select * from {{ ref('int_mental_health__spell_delays') }}
)

select
    hospital_spell_id as bed_stay_id,
    person_id,
    organisation_code,
    cost_gbp / nullif(length_of_stay_days, 0) as cost_per_night_gbp,
    admission_date,
    ready_date,
    discharge_date
from hospital_spells
where patient_classification_code = '1'
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
    on mental_health_spells.mental_health_spell_id = spell_delays.mental_health_spell_id
