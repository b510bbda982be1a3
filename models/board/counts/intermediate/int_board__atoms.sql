-- What released counts add up, in the view of someone who subtracts them: nothing
-- smaller follows from any of them. Events are divided by place, by age and by month.
with measures as (
    select * from {{ ref('board_measures') }}
),

place_events as (
    select * from {{ ref('int_board__place_events') }}
),

city_events as (
    select * from {{ ref('int_board__city_events') }}
),

months as (
    select * from {{ ref('int_board__months') }}
),

lsoas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'lsoa'
),

events as (
    select distinct
        event,
        coalesce(counted_in_event, event) as family
    from measures
),

placed_events as (
    select distinct event from measures
    where age_from is not null
),

years as (
    select distinct financial_year_start_date from months
),

places as (
    select distinct
        ward_id,
        coalesce(deprivation_fifth, 0) as deprivation_fifth
    from lsoas
),

bands as (
    select * from {{ ref('board_age_bands') }}
),

age_groups as (
    select distinct age_group from bands
),

by_place as (
    select
        event,
        ward_id,
        deprivation_fifth,
        age_group,
        financial_year_start_date,
        sum(amount) as amount
    from place_events
    group by event, ward_id, deprivation_fifth, age_group, financial_year_start_date
),

by_age as (
    select
        event,
        age_band,
        financial_year_start_date,
        sum(amount) as amount
    from place_events
    group by event, age_band, financial_year_start_date
),

by_month as (
    select
        event,
        age_group,
        month_start_date,
        sum(amount) as amount
    from place_events
    group by event, age_group, month_start_date
),

-- Every place, age and month is there: a zero is known only if it is released.
atoms as (
    select
        placed_events.event,
        'place' as division,
        concat(places.ward_id, ' ', places.deprivation_fifth) as part,
        places.ward_id,
        places.deprivation_fifth,
        age_groups.age_group,
        coalesce(by_place.amount, 0) as amount,
        coalesce(by_place.amount, 0) as contributor_count,
        years.financial_year_start_date
    from placed_events
    cross join places
    cross join age_groups
    cross join years
    left join by_place
        on
            placed_events.event = by_place.event
            and places.ward_id = by_place.ward_id
            and places.deprivation_fifth = by_place.deprivation_fifth
            and age_groups.age_group = by_place.age_group
            and years.financial_year_start_date = by_place.financial_year_start_date
    union all
    select
        placed_events.event,
        'age' as division,
        bands.age_band as part,
        null as ward_id,
        null as deprivation_fifth,
        bands.age_group,
        coalesce(by_age.amount, 0) as amount,
        coalesce(by_age.amount, 0) as contributor_count,
        years.financial_year_start_date
    from placed_events
    cross join bands
    cross join years
    left join by_age
        on
            placed_events.event = by_age.event
            and bands.age_band = by_age.age_band
            and years.financial_year_start_date = by_age.financial_year_start_date
    union all
    select
        placed_events.event,
        'month' as division,
        substr(cast(months.month_start_date as {{ dbt.type_string() }}), 1, 7) as part,
        null as ward_id,
        null as deprivation_fifth,
        age_groups.age_group,
        coalesce(by_month.amount, 0) as amount,
        coalesce(by_month.amount, 0) as contributor_count,
        months.financial_year_start_date
    from placed_events
    cross join months
    cross join age_groups
    left join by_month
        on
            placed_events.event = by_month.event
            and months.month_start_date = by_month.month_start_date
            and age_groups.age_group = by_month.age_group
    union all
    select
        event,
        'part' as division,
        part,
        null as ward_id,
        null as deprivation_fifth,
        null as age_group,
        amount,
        contributor_count,
        financial_year_start_date
    from city_events
)

select
    events.family,
    atoms.event,
    atoms.division,
    atoms.part as atom_part,
    atoms.ward_id,
    cast(atoms.deprivation_fifth as integer) as deprivation_fifth,
    coalesce(atoms.age_group, 'all') as age_group,
    cast(atoms.amount as bigint) as amount,
    cast(atoms.contributor_count as bigint) as contributor_count,
    atoms.financial_year_start_date
from atoms
inner join events on atoms.event = events.event
