with records as (
    select * from {{ ref('base_community_beds__bed_stays') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('community_beds') }} as source_record_id,
    *
from latest
