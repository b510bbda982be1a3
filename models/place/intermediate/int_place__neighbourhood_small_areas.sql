with neighbourhood_lsoas as (
    select * from {{ ref('int_place__neighbourhood_lsoas') }}
),

practices as (
    select * from {{ ref('int_place__practices') }}
)

-- No code is that of an LSOA (nine characters) and of a practice (six at most).
select
    neighbourhood_id,
    lsoa_code as small_area_code,
    geography_type,
    'residence' as area_basis
from neighbourhood_lsoas
union all
select
    general_practice_id as neighbourhood_id,
    practice_code as small_area_code,
    'general_practice' as geography_type,
    'registration' as area_basis
from practices
union all
select
    primary_care_network_id as neighbourhood_id,
    practice_code as small_area_code,
    'primary_care_network' as geography_type,
    'registration' as area_basis
from practices
where primary_care_network_id is not null
