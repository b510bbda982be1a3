-- ASCOF: long-term residential or nursing care of a service user.
with admissions as (
    select * from {{ ref('int_social_care__events') }}
    where
        event_type = 'Service'
        and client_type = 'Service user'
        and service_setting = 'care home long term'
),

persons as (
    select * from {{ ref('int_population__persons') }}
),

-- New means that no long-term care home service ran on any day of the months before. A
-- service that ended on the day before those months does not count.
new_admissions as (
    select admissions.*
    from admissions
    where not exists (
        select 1 from admissions as earlier
        where
            earlier.person_id = admissions.person_id
            and earlier.start_date < admissions.start_date
            and earlier.until_date > {{ dbt.dateadd(
                'month',
                -var('new_long_term_admission_months'),
                'admissions.start_date'
            ) }}
    )
),

aged as (
    select
        new_admissions.*,
        {{ age_on('new_admissions.start_date', 'persons.birth_month') }} as age_years
    from new_admissions
    inner join persons on new_admissions.person_id = persons.person_id
),

-- Two services that start on the same day are one admission, nursing care before
-- residential.
ranked as (
    select
        *,
        row_number() over (
            partition by person_id, start_date
            order by service_type, social_care_event_id
        ) as position
    from aged
)

select
    social_care_event_id,
    person_id,
    lsoa_code,
    service_type,
    age_years,
    start_date as admission_date
from ranked
where position = 1
