{%- set conditions = [
    'asthma', 'af', 'cancer', 'chd', 'ckd', 'copd', 'dementia', 'depression',
    'diabetes', 'epilepsy', 'heart_failure', 'hypertension', 'learning_disability',
    'palliative', 'smi', 'stroke'
] -%}

with persons as (
    select * from {{ ref('int_population__persons') }}
),

segments as (
    select * from {{ ref('int_person_time__segments') }}
),

current_conditions as (
    select * from {{ ref('int_population__conditions') }}
    where resolved_date is null and diagnosis_date <= {{ as_of_date() }}
),

residents as (
    select person_id
    from {{ ref('int_population__residences') }}
    where is_in_city and is_open
),

flags as (
    select
        person_id,
        {%- for condition in conditions %}
            bool_or(condition_code = '{{ condition }}') as has_{{ condition }},
        {%- endfor %}
        max_by(frailty_band, frailty_level) as frailty_band
    from current_conditions
    group by person_id
)

select
    persons.person_id,
    persons.sex,
    persons.ethnic_group,
    segments.segment,
    coalesce(flags.frailty_band, 'none recorded') as frailty_band,
    persons.is_on_spine as is_on_gp_list,
    residents.person_id is not null and persons.death_month is null as is_resident,
    {%- for condition in conditions %}
        coalesce(flags.has_{{ condition }}, false) as has_{{ condition }},
    {%- endfor %}
    persons.birth_month,
    persons.death_date,
    persons.death_month
from persons
inner join segments on persons.person_id = segments.person_id
left join flags on persons.person_id = flags.person_id
left join residents on persons.person_id = residents.person_id
