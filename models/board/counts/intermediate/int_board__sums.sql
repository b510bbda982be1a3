-- Which atoms each count adds up. What may be released at all is decided here.
with measures as (
    select * from {{ ref('board_measures') }}
),

atoms as (
    select * from {{ ref('int_board__atoms') }}
),

lsoas as (
    select * from {{ ref('dim_neighbourhood') }}
    where geography_type = 'lsoa'
),

areas as (
    select * from {{ ref('int_board__areas') }}
),

age_groups as (
    select distinct
        age_group,
        age_group_from
    from {{ ref('board_age_bands') }}
),

schemes as (
    select * from {{ ref('stg_better_care_fund__schemes') }}
),

cities as (
    select distinct city_id from lsoas
),

-- Atoms of the ages of a measure; a measure of all ages also has those of unknown age.
measured as (
    select
        measures.measure_id,
        measures.age_from,
        measures.age_to,
        atoms.*
    from measures
    inner join atoms on measures.event = atoms.event
    left join age_groups on atoms.age_group = age_groups.age_group
    where
        coalesce(measures.age_from, 0) = 0 and measures.age_to is null
        or age_groups.age_group_from
        between measures.age_from
        and coalesce(measures.age_to, age_groups.age_group_from)
),

area_sums as (
    select
        measured.*,
        areas.neighbourhood_id,
        areas.geography_type,
        'all' as cell_part
    from measured
    inner join areas
        on
            measured.ward_id = areas.ward_id
            and measured.deprivation_fifth = areas.deprivation_fifth
    left join schemes on areas.neighbourhood_id = 'scheme:' || schemes.scheme_id
    where
        measured.division = 'place'
        -- A scheme is told of by the measure that it is meant to change.
        and (
            areas.geography_type <> 'scheme'
            or measured.event = schemes.pathway
            and coalesce(measured.age_from, 0) = coalesce(schemes.age_from, 0)
            and coalesce(measured.age_to, 0) = coalesce(schemes.age_to, 0)
        )
),

city_sums as (
    select
        measured.*,
        cities.city_id as neighbourhood_id,
        'city' as geography_type,
        measured.atom_part as cell_part
    from measured
    cross join cities
    where
        measured.division in ('age', 'month')
        and measured.atom_part <> 'unknown'
        or measured.division = 'part'
        and measured.event <> 'listed_delay'
),

lists as (
    select
        'acute' as cell_part,
        '%acute%' as pattern
    union all
    select
        'community' as cell_part,
        '%community%' as pattern
    union all
    select
        'mental health' as cell_part,
        '%mental%' as pattern
    union all
    select
        'council' as cell_part,
        '%council%' as pattern
    union all
    select
        'acute and council' as cell_part,
        '%acute%council%' as pattern
    union all
    select
        'acute and council agree' as cell_part,
        '%agreed%' as pattern
),

list_sums as (
    select
        measured.*,
        cities.city_id as neighbourhood_id,
        'city' as geography_type,
        lists.cell_part
    from measured
    cross join cities
    inner join lists on measured.atom_part like lists.pattern
    where measured.event = 'listed_delay'
),

feed_sums as (
    select
        measured.*,
        cities.city_id as neighbourhood_id,
        'city' as geography_type,
        {{ dbt.split_part('measured.atom_part', "' '", 1) }} as cell_part
    from measured
    cross join cities
    where measured.event = 'feed_row'
),

total_sums as (
    select
        measured.*,
        cities.city_id as neighbourhood_id,
        'city' as geography_type,
        'all' as cell_part
    from measured
    cross join cities
    where measured.division = 'part'
),

sums as (
    select * from area_sums
    union all
    select * from city_sums
    union all
    select * from list_sums
    union all
    select * from feed_sums
    union all
    select * from total_sums
)

select
    family,
    measure_id,
    neighbourhood_id,
    geography_type,
    case
        when cell_part = 'all' then 'all'
        when division = 'part' then event
        else division
    end as part_type,
    cell_part as part,
    event,
    division,
    atom_part,
    age_group,
    financial_year_start_date
from sums
