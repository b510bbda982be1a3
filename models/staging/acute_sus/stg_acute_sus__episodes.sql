with records as (
    select * from {{ ref('base_acute_sus__episodes') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    *,
    {{ file_sender() }} as sender_code
from latest
