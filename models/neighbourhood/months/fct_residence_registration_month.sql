with ranges as (
    select * from {{ ref('int_person_time__area_month_ranges') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

practices as (
    select * from {{ ref('int_place__practices') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

residents as (
    select
        ranges.person_id,
        lsoas.ward_id,
        ranges.first_month,
        ranges.until_month
    from ranges
    left join lsoas on ranges.small_area_code = lsoas.lsoa_code
    where ranges.area_basis = 'residence'
),

patients as (
    select
        ranges.person_id,
        practices.general_practice_id,
        ranges.first_month,
        ranges.until_month
    from ranges
    left join practices on ranges.small_area_code = practices.practice_code
    where ranges.area_basis = 'registration'
),

-- The months in which someone lives in the city and is on the list of one of its
-- practices.
resident_patients as (
    select
        residents.ward_id,
        patients.general_practice_id,
        greatest(residents.first_month, patients.first_month) as first_month,
        least(residents.until_month, patients.until_month) as until_month
    from residents
    inner join patients
        on
            residents.person_id = patients.person_id
            and residents.first_month < patients.until_month
            and residents.until_month > patients.first_month
),

-- Who is counted in both is no resident without a practice, no patient from elsewhere.
counted as (
    select
        ward_id,
        cast(null as {{ dbt.type_string() }}) as general_practice_id,
        first_month,
        until_month,
        1 as person_count
    from residents
    union all
    select
        cast(null as {{ dbt.type_string() }}) as ward_id,
        general_practice_id,
        first_month,
        until_month,
        1 as person_count
    from patients
    union all
    select
        ward_id,
        general_practice_id,
        first_month,
        until_month,
        1 as person_count
    from resident_patients
    union all
    select
        ward_id,
        cast(null as {{ dbt.type_string() }}) as general_practice_id,
        first_month,
        until_month,
        -1 as person_count
    from resident_patients
    union all
    select
        cast(null as {{ dbt.type_string() }}) as ward_id,
        general_practice_id,
        first_month,
        until_month,
        -1 as person_count
    from resident_patients
),

-- Only where a count changes, because a city has 100 million months of people.
changes as (
    select
        ward_id,
        general_practice_id,
        first_month as month_start_date,
        sum(person_count) as change
    from counted
    group by ward_id, general_practice_id, first_month
    union all
    select
        ward_id,
        general_practice_id,
        until_month as month_start_date,
        -sum(person_count) as change
    from counted
    group by ward_id, general_practice_id, until_month
)

select
    changes.ward_id,
    changes.general_practice_id,
    cast(sum(changes.change) as bigint) as person_count,
    months.is_complete as is_complete_month,
    months.month_start_date
from changes
inner join months on changes.month_start_date <= months.month_start_date
group by
    changes.ward_id,
    changes.general_practice_id,
    months.is_complete,
    months.month_start_date
having sum(changes.change) > 0
