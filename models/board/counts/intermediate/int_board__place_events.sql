with counted_months as (
    select * from {{ ref('int_person_time__counted_months') }}
    where residence is not null
),

measures as (
    select distinct event from {{ ref('board_measures') }}
    where age_from is not null
),

lsoas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'lsoa'
),

months as (
    select * from {{ ref('int_board__months') }}
),

bands as (
    select * from {{ ref('board_age_bands') }}
),

counted as (
    select
        counted_months.measure as event,
        counted_months.residence,
        counted_months.age_band,
        sum(counted_months.amount) as amount,
        counted_months.month_start_date
    from counted_months
    inner join measures on counted_months.measure = measures.event
    group by
        counted_months.measure,
        counted_months.residence,
        counted_months.age_band,
        counted_months.month_start_date
),

aged as (
    select
        counted.event,
        lsoas.ward_id,
        coalesce(lsoas.deprivation_fifth, 0) as deprivation_fifth,
        bands.age_group,
        bands.age_band,
        counted.amount,
        months.month_start_date,
        months.financial_year_start_date
    from counted
    inner join lsoas on counted.residence = lsoas.code
    inner join months on counted.month_start_date = months.month_start_date
    inner join bands
        on
            counted.age_band
            between bands.youngest_age_band and bands.oldest_age_band
)

select
    event,
    ward_id,
    deprivation_fifth,
    age_group,
    age_band,
    cast(sum(amount) as bigint) as amount,
    month_start_date,
    financial_year_start_date
from aged
group by
    event,
    ward_id,
    deprivation_fifth,
    age_group,
    age_band,
    month_start_date,
    financial_year_start_date
