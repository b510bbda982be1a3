-- How many emergency admissions per 1,000 residents does each ward have in a
-- financial year?
with months as (
    select
        *,
        extract(year from {{ dbt.dateadd('month', -3, 'month_start_date') }})
            as financial_year_from
    from {{ ref('fct_neighbourhood_month') }}
    where is_complete_month
),

wards as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'ward'
)

select
    wards.name,
    months.financial_year_from,
    sum(months.emergency_admission_count) as admissions,
    round(sum(months.person_days) / 365.25e0) as person_years,
    round(
        1000 * sum(months.emergency_admission_count) * 365.25e0
        / nullif(sum(months.person_days), 0),
        1
    ) as admission_rate_per_1000
from months
inner join wards on months.neighbourhood_id = wards.neighbourhood_id
group by wards.name, months.financial_year_from
order by months.financial_year_from desc, wards.name asc
