with persons as (
    select * from {{ ref('int_identity__persons') }}
),

pseudonyms as (
    select * from {{ ref('int_identity__pseudonyms') }}
),

ethnic_categories as (
    select * from {{ ref('ethnic_categories') }}
),

-- The day of birth stays in the vault; the month is enough for every fact.
pseudonymised as (
    select
        pseudonyms.person_id,
        persons.sex,
        coalesce(ethnic_categories.ethnic_group, 'Not known') as ethnic_group,
        persons.is_on_spine,
        cast(date_trunc('month', persons.birth_date) as date) as birth_month,
        persons.death_date,
        cast(date_trunc('month', persons.death_date) as date) as death_month
    from persons
    inner join pseudonyms on persons.person_key = pseudonyms.person_key
    left join ethnic_categories
        on persons.ethnic_category_code = ethnic_categories.code
)

select * from pseudonymised
