-- Do people in deprived neighbourhoods need emergency care more often at the same age?
-- Rates per 1,000 person-years of the last twelve complete months; deprivation fifth 1
-- holds the most deprived fifth of the city's LSOAs.
with months as (
    select * from {{ ref('fct_neighbourhood_month') }}
    where
        is_complete_month
        and month_start_date
        >= {{ dbt.dateadd(
            'month', -12, dbt.date_trunc('month', add_days(as_of_date(), 1))
        ) }}
),

areas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'lsoa'
),

by_fifth as (
    select
        areas.deprivation_fifth,
        case
            when months.age_band < '18' then '0-19'
            when months.age_band < '65' then '20-64'
            else '65 and over'
        end as age_group,
        sum(months.person_days) / 365.25 as person_years,
        sum(months.unplanned_attendance_count) as attendances,
        sum(months.emergency_admission_count) as admissions
    from months
    inner join areas on months.neighbourhood_id = areas.neighbourhood_id
    where months.age_band <> 'unknown'
    group by
        areas.deprivation_fifth,
        case
            when months.age_band < '18' then '0-19'
            when months.age_band < '65' then '20-64'
            else '65 and over'
        end
)

select
    age_group,
    deprivation_fifth,
    cast(round(person_years) as integer) as person_years,
    round(1000 * attendances / person_years, 1) as attendance_rate_per_1000,
    round(1000 * admissions / person_years, 1) as admission_rate_per_1000
from by_fifth
order by age_group, deprivation_fifth
