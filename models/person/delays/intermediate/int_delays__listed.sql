with delays as (
    select * from {{ ref('stg_delays__patient_delays') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

submissions as (
    select * from {{ ref('stg_feeds__submissions') }}
    where feed = 'delays'
),

deaths as (
    select * from {{ ref('int_population__deaths') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
),

lsoa_successors as (
    select * from {{ ref('int_place__lsoa_successors') }}
),

identified as (
    select
        {{ event_id('listed_delay', ['delays.organisation_code', 'delays.delay_id']) }}
            as listed_delay_id,
        links.person_id,
        links.is_linked,
        {{ assumed_end(
            'delays.start_date',
            'delays.end_date',
            'submissions.confirmed_until_date',
            'deaths.death_date'
        ) }} as assumed_end_date,
        delays.*
    from delays
    inner join links on delays.source_record_id = links.source_record_id
    left join submissions on delays.file_id = submissions.file_id
    left join deaths on links.person_id = deaths.person_id
    cross join id_salt
)

select
    identified.listed_delay_id,
    identified.person_id,
    identified.organisation_code,
    identified.bed_organisation_code,
    coalesce(
        residences.lsoa_code, lsoa_successors.lsoa_code, identified.lsoa_code
    ) as lsoa_code,
    identified.reason_code,
    identified.responsible_body,
    identified.next_setting,
    identified.is_linked,
    identified.end_date is null and identified.assumed_end_date is null as is_open,
    identified.assumed_end_date is not null as is_end_assumed,
    identified.start_date,
    coalesce(
        identified.end_date,
        identified.assumed_end_date,
        {{ add_days(as_of_date(), 1) }}
    ) as until_date
from identified
left join lsoa_successors
    on identified.lsoa_code = lsoa_successors.lsoa_2011_code
left join residences
    on
        identified.person_id = residences.person_id
        and identified.start_date >= residences.from_date
        and identified.start_date < residences.until_date
