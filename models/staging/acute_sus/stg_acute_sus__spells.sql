with records as (
    select * from {{ ref('base_acute_sus__spells') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    {{ source_record_id('acute_sus') }} as source_record_id,
    *
from latest
