with links as (
    select * from {{ ref('int_identity__links') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
)

select links.person_key
from links
inner join source_records
    on links.source_record_id = source_records.source_record_id
group by links.person_key
having count(distinct source_records.death_date) > 1
