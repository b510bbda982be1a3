with hospital_spells as (
    select * from {{ ref('fct_hospital_spell') }}
    where is_emergency_admission
),

emergency_attendances as (
    select * from {{ ref('fct_emergency_attendance') }}
    where is_unplanned
),

-- Pence are added up as decimals, so that the sum does not depend on the order of rows.
priced as (
    select
        'emergency admission' as event,
        cast(cost_gbp as decimal(18, 2)) as cost_gbp
    from hospital_spells
    union all
    select
        'unplanned attendance' as event,
        cast(cost_gbp as decimal(18, 2)) as cost_gbp
    from emergency_attendances
)

select
    event,
    cast(sum(cost_gbp) as double) / count(cost_gbp) as mean_cost_gbp
from priced
where cost_gbp is not null
group by event
