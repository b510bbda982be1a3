with person_months as (
    select * from {{ ref('fct_person_month') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
)

select
    person_months.lsoa_code,
    coalesce(person_months.age_band, 'unknown') as age_band,
    persons.sex,
    persons.ethnic_group,
    count(*) as person_count,
    {%- for column in [
        'resident_days', 'own_home_days', 'hospital_days', 'community_bed_days',
        'care_home_days'
    ] %}
        cast(sum(person_months.{{ column }}) as bigint)
            as {{ 'person_days' if column == 'resident_days' else column }},
    {%- endfor %}
    person_months.month_start_date
from person_months
inner join persons on person_months.person_id = persons.person_id
group by
    person_months.lsoa_code,
    coalesce(person_months.age_band, 'unknown'),
    persons.sex,
    persons.ethnic_group,
    person_months.month_start_date
