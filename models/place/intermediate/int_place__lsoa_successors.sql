with changes as (
    select * from {{ ref('stg_reference__lsoa_changes') }}
)

-- A record does not say in which part of a split LSOA the person lives, so the first
-- part by code is used for all of it.
select
    lsoa_2011_code,
    min(lsoa_code) as lsoa_code
from changes
group by lsoa_2011_code
