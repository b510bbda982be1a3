with stays as (
    select * from {{ ref('stg_community_beds__bed_stays') }}
),

links as (
    select * from {{ ref('int_identity__hub_links') }}
),

id_salt as (
    select * from {{ ref('int_identity__id_salt') }}
),

residences as (
    select * from {{ ref('int_population__residences') }}
),

identified as (
    select
        {{ event_id('community_bed_stay', ['stays.provider_code', 'stays.stay_id']) }}
            as community_bed_stay_id,
        links.person_id,
        links.is_linked,
        stays.*
    from stays
    inner join links on stays.source_record_id = links.source_record_id
    cross join id_salt
)

select
    identified.community_bed_stay_id,
    identified.person_id,
    identified.provider_code as organisation_code,
    identified.site_code,
    coalesce(residences.lsoa_code, identified.lsoa_code) as lsoa_code,
    identified.bed_purpose,
    identified.admission_source,
    identified.discharge_destination,
    identified.is_linked,
    identified.referred_date,
    identified.admission_date,
    identified.ready_date,
    identified.discharge_date
from identified
left join residences
    on
        identified.person_id = residences.person_id
        and identified.admission_date >= residences.from_date
        and identified.admission_date
        <= coalesce(residences.to_date, {{ as_of_date() }})
