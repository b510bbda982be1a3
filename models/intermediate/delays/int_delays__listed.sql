with delays as (
    select * from {{ ref('stg_delays__patient_delays') }}
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
        {{ event_id('listed_delay', ['delays.organisation_code', 'delays.delay_id']) }}
            as listed_delay_id,
        links.person_id,
        links.is_linked,
        delays.*
    from delays
    inner join links on delays.source_record_id = links.source_record_id
    cross join id_salt
)

select
    identified.listed_delay_id,
    identified.person_id,
    identified.organisation_code,
    identified.bed_organisation_code,
    coalesce(residences.lsoa_code, identified.lsoa_code) as lsoa_code,
    identified.reason_code,
    identified.responsible_body,
    identified.next_setting,
    identified.is_linked,
    identified.start_date,
    identified.end_date
from identified
left join residences
    on
        identified.person_id = residences.person_id
        and identified.start_date >= residences.from_date
        and identified.start_date
        <= coalesce(residences.to_date, {{ as_of_date() }})
