{%- set conditions = [
    'asthma', 'af', 'cancer', 'chd', 'ckd', 'copd', 'dementia', 'depression',
    'diabetes', 'epilepsy', 'heart_failure', 'hypertension', 'learning_disability',
    'palliative', 'smi', 'stroke'
] -%}

with persons as (
    select * from {{ ref('int_population__persons') }}
),

current_conditions as (
    select * from {{ ref('int_population__conditions') }}
    where resolved_date is null and diagnosis_date <= {{ as_of_date() }}
),

maternity as (
    select distinct person_id
    from {{ ref('fct_hospital_spell') }}
    where
        admission_method_code in ('31', '32')
        and admission_date > {{ dbt.dateadd('month', -12, as_of_date()) }}
),

residences as (
    select person_id
    from {{ ref('int_population__residences') }}
    where is_in_city and to_date is null
),

flags as (
    select
        person_id,
        {%- for condition in conditions %}
            max(case when condition_code = '{{ condition }}' then 1 else 0 end) = 1
                as has_{{ condition }},
        {%- endfor %}
        max(
            case condition_code
                when 'frailty_severe' then 3
                when 'frailty_moderate' then 2
                when 'frailty_mild' then 1
                else 0
            end
        ) as frailty_level
    from current_conditions
    group by person_id
),

described as (
    select
        persons.*,
        {%- for condition in conditions %}
            coalesce(flags.has_{{ condition }}, false) as has_{{ condition }},
        {%- endfor %}
        coalesce(flags.frailty_level, 0) as frailty_level,
        maternity.person_id is not null as is_maternity,
        residences.person_id is not null and persons.death_month is null as is_resident,
        {{ age_on(as_of_date(), 'persons.birth_month') }} as age_years
    from persons
    left join flags on persons.person_id = flags.person_id
    left join maternity on persons.person_id = maternity.person_id
    left join residences on persons.person_id = residences.person_id
)

select
    person_id,
    sex,
    ethnic_group,
    -- Leeds Data Model segments do not overlap; the order in which they claim a person
    -- is ours: what shapes the care somebody needs most comes first.
    case
        when has_palliative then 'end of life'
        when frailty_level >= 2 then 'frailty'
        when has_cancer then 'cancer'
        when has_smi then 'serious mental illness'
        when has_learning_disability then 'learning disability and neurodiversity'
        when is_maternity then 'maternity'
        when age_years < 18 then 'children and young people'
        when
            has_asthma or has_af or has_chd or has_ckd or has_copd or has_dementia
            or has_depression or has_diabetes or has_epilepsy or has_heart_failure
            or has_hypertension or has_stroke
            then 'long-term conditions'
        else 'healthy adults'
    end as segment,
    case frailty_level
        when 3 then 'severe'
        when 2 then 'moderate'
        when 1 then 'mild'
        else 'none recorded'
    end as frailty_band,
    is_on_spine as is_on_gp_list,
    is_resident,
    {%- for condition in conditions %}
        has_{{ condition }},
    {%- endfor %}
    birth_month,
    death_month
from described
