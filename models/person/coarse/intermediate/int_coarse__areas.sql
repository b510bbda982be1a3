{{ config(enabled=var('coarse_tables')) }}

with areas as (
    select * from {{ ref('dim_neighbourhood') }}
)

select
    code as lsoa_code,
    {{ var('coarse_geography') }}_id as neighbourhood_id
from areas
where geography_type = 'lsoa'
