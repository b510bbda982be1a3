with practices as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'general_practice'
),

neighbourhood_months as (
    select * from {{ ref('fct_neighbourhood_month') }}
    where area_basis = 'registration'
),

added_up as (
    select
        practices.primary_care_network_id as neighbourhood_id,
        neighbourhood_months.month_start_date,
        sum(neighbourhood_months.person_days) as person_days,
        sum(neighbourhood_months.emergency_admission_count)
            as emergency_admission_count
    from neighbourhood_months
    inner join practices
        on neighbourhood_months.neighbourhood_id = practices.neighbourhood_id
    where practices.primary_care_network_id is not null
    group by practices.primary_care_network_id, neighbourhood_months.month_start_date
),

networks as (
    select
        neighbourhood_id,
        month_start_date,
        sum(person_days) as person_days,
        sum(emergency_admission_count) as emergency_admission_count
    from neighbourhood_months
    group by neighbourhood_id, month_start_date
)

select
    added_up.neighbourhood_id,
    added_up.month_start_date,
    added_up.person_days,
    networks.person_days as network_person_days,
    added_up.emergency_admission_count,
    networks.emergency_admission_count as network_emergency_admission_count
from added_up
left join networks
    on
        added_up.neighbourhood_id = networks.neighbourhood_id
        and added_up.month_start_date = networks.month_start_date
where
    added_up.person_days is distinct from networks.person_days
    or added_up.emergency_admission_count
    is distinct from networks.emergency_admission_count
