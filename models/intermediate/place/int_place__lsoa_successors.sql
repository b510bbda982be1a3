with changes as (
    select * from {{ ref('stg_reference__lsoa_changes') }}
)

-- Nothing in a record says in which part of a split LSOA somebody lives; the part that
-- comes first by code stands for all of it.
select
    lsoa_2011_code,
    min(lsoa_code) as lsoa_code
from changes
group by lsoa_2011_code
