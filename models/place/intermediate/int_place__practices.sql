with files as (
    select * from {{ ref('stg_feeds__files') }}
    where feed_table = 'PDS_Patient_Care_Practice' and is_accepted
),

-- History is shown for the networks of today, as it is for the wards of today: a
-- practice that changed its network takes its past with it.
memberships as (
    select
        *,
        row_number() over (
            partition by practice_code order by from_date desc
        ) as recency
    from {{ ref('practice_networks') }}
    where from_date <= {{ as_of_date() }}
)

-- Without registrations no list is known, and a practice would seem to have no one.
select
    practice_code,
    'general_practice:' || practice_code as general_practice_id,
    'primary_care_network:' || primary_care_network_code as primary_care_network_id,
    practice_name,
    primary_care_network_code,
    primary_care_network_name
from memberships
where recency = 1 and exists (select 1 from files)
