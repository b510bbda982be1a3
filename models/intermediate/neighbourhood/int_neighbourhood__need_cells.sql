{%- set services = {
    'A&E attendance': 'emergency_attendance_count',
    'emergency admission': 'emergency_admission_count',
    'planned admission': 'elective_admission_count',
    'community contact': 'community_contact_count',
    'mental health contact': 'mental_health_contact_count',
    'social care request': 'social_care_request_count',
} -%}

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

-- Where somebody lived longest in the year, and the age at its beginning there.
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
        {%- for column in services.values() %}
            cast(sum(person_months.{{ column }}) as bigint) as {{ column }},
        {%- endfor %}
        periods.period_start_date
    from person_months
    inner join periods on person_months.month_start_date = periods.month_start_date
    where person_months.age_band is not null
    group by person_months.person_id, periods.period_start_date
),

-- What was known when the year began, so that the year's own care does not count as
-- the need for it.
person_conditions as (
    select
        conditions.person_id,
        count(*) filter (
            where conditions.condition_code not like 'frailty%'
        ) as condition_count,
        max(
            case conditions.condition_code
                when 'frailty_severe' then 3
                when 'frailty_moderate' then 2
                when 'frailty_mild' then 1
                else 0
            end
        ) as frailty_level,
        years.period_start_date
    from conditions
    inner join years
        on
            conditions.diagnosis_date <= years.period_start_date
            and coalesce(conditions.resolved_date, cast('9999-12-31' as date))
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
            and person_years.period_start_date >= deprivation.valid_from_date
            and person_years.period_start_date
            <= coalesce(deprivation.valid_to_date, person_years.period_start_date)
    left join person_conditions
        on
            person_years.person_id = person_conditions.person_id
            and person_years.period_start_date = person_conditions.period_start_date
),

together as (
    {%- for service, column in services.items() %}
        select
            '{{ service }}' as contact_type,
            deprivation_fifth,
            age_band,
            sex,
            condition_count,
            frailty_level,
            count(*) as person_count,
            sum(resident_days) as person_days,
            sum({{ column }}) as contact_count,
            sum({{ column }} * {{ column }}) as contact_squares,
            sum({{ column }} * resident_days) as contacts_by_days,
            sum(resident_days * resident_days) as days_squares,
            period_start_date
        from described
        group by
            deprivation_fifth, age_band, sex, condition_count, frailty_level,
            period_start_date
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    contact_type,
    cast(deprivation_fifth as integer) as deprivation_fifth,
    age_band,
    sex,
    cast(condition_count as integer) as condition_count,
    cast(frailty_level as integer) as frailty_level,
    cast(person_count as bigint) as person_count,
    cast(person_days as bigint) as person_days,
    cast(contact_count as bigint) as contact_count,
    cast(contact_squares as bigint) as contact_squares,
    cast(contacts_by_days as bigint) as contacts_by_days,
    cast(days_squares as bigint) as days_squares,
    period_start_date
from together
