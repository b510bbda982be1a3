with persons as (
    select * from {{ ref('int_population__persons') }}
),

conditions as (
    select * from {{ ref('int_population__conditions') }}
    where resolved_date is null and diagnosis_date <= {{ as_of_date() }}
),

spells as (
    select * from {{ ref('fct_hospital_spell') }}
),

segments as (
    select * from {{ ref('population_segments') }}
),

-- Everyone belongs to the healthy adults unless another segment comes first.
claims as (
    select
        person_id,
        'healthy adults' as segment
    from persons
    union all
    select
        person_id,
        'children and young people' as segment
    from persons
    where
        {{ age_on(as_of_date(), 'birth_month') }} < {{ var('adult_age_years') }}
    union all
    select
        person_id,
        'maternity' as segment
    from spells
    where
        is_maternity_admission
        and admission_date
        > {{ dbt.dateadd('month', -var('maternity_months'), as_of_date()) }}
    union all
    select
        person_id,
        segment
    from conditions
)

select
    claims.person_id,
    min_by(segments.segment, segments.precedence) as segment
from claims
inner join segments on claims.segment = segments.segment
group by claims.person_id
