with stays as (
    select * from {{ ref('stg_community_beds__bed_stays') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

submissions as (
    select * from {{ ref('stg_feeds__submissions') }}
    where feed = 'community_beds'
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
        {{ event_id('community_bed_stay', ['stays.provider_code', 'stays.stay_id']) }}
            as community_bed_stay_id,
        links.person_id,
        links.is_linked,
        {{ assumed_end(
            'stays.admission_date',
            'stays.discharge_date',
            'submissions.confirmed_until_date',
            'deaths.death_date'
        ) }} as assumed_discharge_date,
        stays.*
    from stays
    inner join links on stays.source_record_id = links.source_record_id
    left join submissions on stays.file_id = submissions.file_id
    left join deaths on links.person_id = deaths.person_id
    cross join id_salt
)

select
    identified.community_bed_stay_id,
    identified.person_id,
    identified.provider_code as organisation_code,
    identified.site_code,
    coalesce(
        residences.lsoa_code, lsoa_successors.lsoa_code, identified.lsoa_code
    ) as lsoa_code,
    identified.bed_purpose,
    identified.admission_source,
    identified.discharge_destination,
    identified.is_linked,
    identified.assumed_discharge_date is not null as is_end_assumed,
    identified.referred_date,
    identified.admission_date,
    identified.ready_date,
    coalesce(identified.discharge_date, identified.assumed_discharge_date)
        as discharge_date
from identified
left join lsoa_successors
    on identified.lsoa_code = lsoa_successors.lsoa_2011_code
left join residences
    on
        identified.person_id = residences.person_id
        and identified.admission_date >= residences.from_date
        and identified.admission_date < residences.until_date
