with records as (
    select * from {{ ref('base_deaths__deaths') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('deaths') }} as source_record_id,
    *
from latest
