with residences as (
    select * from {{ ref('int_population__residences') }}
)

select
    md5(person_id || '|residence|' || cast(from_date as varchar))
        as person_residence_id,
    person_id,
    lsoa_code,
    cqc_location_id,
    is_in_city,
    cqc_location_id is not null as is_care_home,
    to_date is null as is_open,
    from_date,
    to_date
from residences
