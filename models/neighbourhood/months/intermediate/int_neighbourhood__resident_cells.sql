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
    cast(sum(person_months.resident_days) as bigint) as person_days,
    cast(sum(person_months.own_home_days) as bigint) as own_home_days,
    cast(sum(person_months.hospital_days) as bigint) as hospital_days,
    cast(sum(person_months.community_bed_days) as bigint) as community_bed_days,
    cast(sum(person_months.care_home_days) as bigint) as care_home_days,
    person_months.month_start_date
from person_months
inner join persons on person_months.person_id = persons.person_id
group by
    person_months.lsoa_code,
    coalesce(person_months.age_band, 'unknown'),
    persons.sex,
    persons.ethnic_group,
    person_months.month_start_date
