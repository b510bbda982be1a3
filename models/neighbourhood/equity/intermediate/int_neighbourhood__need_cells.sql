{%- set contact_columns = [
    'emergency_attendance_count', 'emergency_admission_count',
    'elective_admission_count', 'community_contact_count',
    'mental_health_contact_count', 'social_care_request_count'
] -%}

with person_months as (
    select * from {{ ref('fct_person_month') }}
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

conditions as (
    select * from {{ ref('int_population__conditions') }}
),

deprivation as (
    select * from {{ ref('int_place__lsoa_deprivation') }}
),

periods as (
    select distinct
        period_start_date,
        period_end_date,
        month_start_date
    from {{ ref('int_neighbourhood__period_months') }}
    where is_financial_year
),

years as (
    select distinct period_start_date from periods
),

-- Where the person lived longest in the year, and their age when it began.
person_years as (
    select
        person_months.person_id,
        max_by(
            person_months.lsoa_code,
            person_months.resident_days * 10000
            + month(person_months.month_start_date)
        ) as lsoa_code,
        min(person_months.age_band) as age_band,
        cast(sum(person_months.resident_days) as bigint) as resident_days,
        {%- for column in contact_columns %}
            cast(sum(person_months.{{ column }}) as bigint) as {{ column }},
        {%- endfor %}
        periods.period_start_date
    from person_months
    inner join periods on person_months.month_start_date = periods.month_start_date
    where person_months.age_band is not null
    group by person_months.person_id, periods.period_start_date
),

-- Conditions known when the year began, so that care in the year does not count as need
-- for it.
person_conditions as (
    select
        conditions.person_id,
        count(*) filter (where conditions.frailty_level is null) as condition_count,
        max(conditions.frailty_level) as frailty_level,
        years.period_start_date
    from conditions
    inner join years
        on
            conditions.diagnosis_date <= years.period_start_date
            and coalesce(conditions.resolved_date, {{ open_end() }})
            > years.period_start_date
    group by conditions.person_id, years.period_start_date
),

described as (
    select
        person_years.*,
        persons.sex,
        deprivation.deprivation_fifth,
        least(coalesce(person_conditions.condition_count, 0), 5) as condition_count,
        coalesce(person_conditions.frailty_level, 0) as frailty_level
    from person_years
    inner join persons on person_years.person_id = persons.person_id
    inner join deprivation
        on
            person_years.lsoa_code = deprivation.lsoa_code
            and person_years.period_start_date >= deprivation.from_date
            and person_years.period_start_date < deprivation.until_date
    left join person_conditions
        on
            person_years.person_id = person_conditions.person_id
            and person_years.period_start_date = person_conditions.period_start_date
),

-- One row for each type of contact.
contacts as (
    select
        contact_column,
        deprivation_fifth,
        age_band,
        sex,
        condition_count,
        frailty_level,
        resident_days,
        contact_count,
        period_start_date
    from described
    unpivot (contact_count for contact_column in (
        {{ contact_columns | join(', ') }}
    ))
)

select
    case contact_column
        when 'emergency_attendance_count' then 'A&E attendance'
        when 'emergency_admission_count' then 'emergency admission'
        when 'elective_admission_count' then 'planned admission'
        when 'community_contact_count' then 'community contact'
        when 'mental_health_contact_count' then 'mental health contact'
        when 'social_care_request_count' then 'social care request'
    end as contact_type,
    cast(deprivation_fifth as integer) as deprivation_fifth,
    age_band,
    sex,
    cast(condition_count as integer) as condition_count,
    cast(frailty_level as integer) as frailty_level,
    cast(count(*) as bigint) as person_count,
    cast(sum(resident_days) as bigint) as person_days,
    cast(sum(contact_count) as bigint) as contact_count,
    cast(sum(contact_count * contact_count) as bigint) as contact_squares,
    cast(sum(contact_count * resident_days) as bigint) as contacts_by_days,
    cast(sum(resident_days * resident_days) as bigint) as days_squares,
    period_start_date
from contacts
group by
    contact_column,
    deprivation_fifth,
    age_band,
    sex,
    condition_count,
    frailty_level,
    period_start_date
