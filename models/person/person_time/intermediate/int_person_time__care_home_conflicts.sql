with residences as (
    select * from {{ ref('int_population__residences') }}
    where cqc_location_id is not null
),

services as (
    select * from {{ ref('int_social_care__events') }}
    where
        event_type = 'Service'
        and client_type = 'Service user'
        and service_setting in ('care home long term', 'care home short term')
        and cqc_location_id is not null
),

reported as (
    select
        person_id,
        cqc_location_id,
        'primary_care' as source_feed,
        cast(null as {{ dbt.type_string() }}) as organisation_code,
        -- The register has no number for a stay at an address.
        md5(
            person_id || '|residence|'
            || cast(from_date as {{ dbt.type_string() }}) || '|' || cqc_location_id
        ) as event_id,
        from_date,
        until_date
    from residences
    union all
    select
        person_id,
        cqc_location_id,
        'social_care_cld' as source_feed,
        organisation_code,
        social_care_event_id as event_id,
        start_date as from_date,
        until_date
    from services
),

-- The day of a move belongs to both homes.
overlapping as (
    select
        later.event_id,
        earlier.event_id as other_event_id,
        later.person_id,
        later.source_feed,
        later.organisation_code,
        later.from_date as event_date,
        {{ dbt.datediff(
            'later.from_date',
            'least(earlier.until_date, later.until_date)',
            'day'
        ) }} as overlap_days
    from reported as later
    inner join reported as earlier
        on
            later.person_id = earlier.person_id
            and later.from_date < earlier.until_date
            and later.until_date > earlier.from_date
    where
        later.cqc_location_id <> earlier.cqc_location_id
        and (
            later.from_date > earlier.from_date
            or (
                later.from_date = earlier.from_date
                and later.event_id > earlier.event_id
            )
        )
)

select * from overlapping
where overlap_days > 1
