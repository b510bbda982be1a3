with members as (
    select * from {{ ref('int_place__neighbourhood_small_areas') }}
)

select
    small_area_code,
    area_basis
from members
where geography_type in ('lsoa', 'general_practice')
