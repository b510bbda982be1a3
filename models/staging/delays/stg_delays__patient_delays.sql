with records as (
    select * from {{ ref('base_delays__patient_delays') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('delays') }} as source_record_id,
    *
from latest
