-- Do people in deprived neighbourhoods need emergency care more often at the same age?
-- Rates per 1,000 person-years in the last twelve complete months. Deprivation fifth 1
-- is the most deprived fifth of the city's LSOAs.
with months as (
    select
        *,
        case
            when age_band < '20' then '0-19'
            when age_band < '65' then '20-64'
            else '65 and over'
        end as age_group
    from {{ ref('fct_neighbourhood_month') }}
    where
        is_complete_month
        and age_band <> 'unknown'
        and month_start_date
        >= {{ dbt.dateadd(
            'month', -12, dbt.date_trunc('month', add_days(as_of_date(), 1))
        ) }}
),

lsoas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'lsoa'
),

by_fifth as (
    select
        months.age_group,
        lsoas.deprivation_fifth,
        sum(months.person_days) / 365.25e0 as person_years,
        sum(months.unplanned_attendance_count) as attendances,
        sum(months.emergency_admission_count) as admissions
    from months
    inner join lsoas on months.neighbourhood_id = lsoas.neighbourhood_id
    group by months.age_group, lsoas.deprivation_fifth
)

select
    age_group,
    deprivation_fifth,
    cast(round(person_years) as integer) as person_years,
    round(1000 * attendances / person_years, 1) as attendance_rate_per_1000,
    round(1000 * admissions / person_years, 1) as admission_rate_per_1000
from by_fifth
order by age_group, deprivation_fifth
