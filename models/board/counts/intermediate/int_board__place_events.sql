with event_cells as (
    select * from {{ ref('int_neighbourhood__event_cells') }}
    where area_basis = 'residence'
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

aged as (
    select
        event_cells.measure as event,
        lsoas.ward_id,
        coalesce(lsoas.deprivation_fifth, 0) as deprivation_fifth,
        bands.age_group,
        bands.age_band,
        event_cells.amount,
        months.month_start_date,
        months.financial_year_start_date
    from event_cells
    inner join measures on event_cells.measure = measures.event
    inner join lsoas on event_cells.small_area_code = lsoas.code
    inner join months on event_cells.month_start_date = months.month_start_date
    inner join bands
        on
            event_cells.age_band
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
