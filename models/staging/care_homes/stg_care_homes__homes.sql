with records as (
    select * from {{ ref('base_care_homes__homes') }}
    where failed_rule is null
),

latest as (
    {{ latest_of('records') }}
)

select
    cqc_location_id,
    home_name,
    postcode,
    lsoa_code,
    care_home_type,
    file_id,
    line_number,
    registered_beds,
    opened_date,
    closed_date
from latest
