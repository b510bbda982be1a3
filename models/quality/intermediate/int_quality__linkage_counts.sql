with outcomes as (
    select * from {{ ref('int_identity__record_outcomes') }}
),

lsoa_successors as (
    select * from {{ ref('int_place__lsoa_successors') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

deprivation as (
    select * from {{ ref('int_place__lsoa_deprivation') }}
    where imd_vintage = 2025
),

ethnic_categories as (
    select * from {{ ref('ethnic_categories') }}
),

grouped_records as (
    select
        outcomes.feed,
        outcomes.method,
        outcomes.is_linked,
        outcomes.blind_outcome,
        outcomes.is_blind_linked_elsewhere,
        substr(
            cast(outcomes.first_period_start_date as {{ dbt.type_string() }}), 1, 7
        ) as month,
        lsoas.ward_name,
        cast(deprivation.deprivation_fifth as {{ dbt.type_string() }})
            as deprivation_fifth,
        {{ age_band('outcomes.age') }} as age_band,
        ethnic_categories.ethnic_group
    from outcomes
    left join lsoa_successors on outcomes.lsoa_code = lsoa_successors.lsoa_2011_code
    left join lsoas
        on coalesce(lsoa_successors.lsoa_code, outcomes.lsoa_code) = lsoas.lsoa_code
    left join deprivation on lsoas.lsoa_code = deprivation.lsoa_code
    left join ethnic_categories
        on outcomes.ethnic_category_code = ethnic_categories.code
),

broken_down as (
    select
        feed,
        'all' as breakdown,
        'all' as category,
        method,
        is_linked,
        blind_outcome,
        is_blind_linked_elsewhere
    from grouped_records
    union all
    select
        feed,
        'month' as breakdown,
        month as category,
        method,
        is_linked,
        blind_outcome,
        is_blind_linked_elsewhere
    from grouped_records
    union all
    select
        feed,
        'ward' as breakdown,
        ward_name as category,
        method,
        is_linked,
        blind_outcome,
        is_blind_linked_elsewhere
    from grouped_records
    union all
    select
        feed,
        'deprivation_fifth' as breakdown,
        deprivation_fifth as category,
        method,
        is_linked,
        blind_outcome,
        is_blind_linked_elsewhere
    from grouped_records
    union all
    select
        feed,
        'age_band' as breakdown,
        age_band as category,
        method,
        is_linked,
        blind_outcome,
        is_blind_linked_elsewhere
    from grouped_records
    union all
    select
        feed,
        'ethnic_group' as breakdown,
        ethnic_group as category,
        method,
        is_linked,
        blind_outcome,
        is_blind_linked_elsewhere
    from grouped_records
),

with_all_feeds as (
    select * from broken_down
    union all
    select
        'all' as feed,
        breakdown,
        category,
        method,
        is_linked,
        blind_outcome,
        is_blind_linked_elsewhere
    from broken_down
),

counted as (
    select
        feed,
        breakdown,
        coalesce(category, 'not known') as category,
        count(*) as record_count,
        count(*) filter (where method = 'verified_nhs_number')
            as verified_nhs_number_count,
        count(*) filter (where method = 'verified_local_number')
            as verified_local_number_count,
        count(*) filter (where method = 'probability') as probability_count,
        count(*) filter (where method = 'same_local_number') as same_local_number_count,
        count(*) filter (where method = 'matching_records') as matching_records_count,
        count(*) filter (where method = 'steward') as steward_count,
        count(*) filter (where method = 'own_person') as own_person_count,
        count(*) filter (where is_linked) as linked_count,
        count(blind_outcome) as blind_count,
        count(*) filter (where blind_outcome in ('right', 'wrong'))
            as blind_linked_count,
        count(*) filter (where blind_outcome = 'right') as blind_right_count,
        count(*) filter (where is_blind_linked_elsewhere) as blind_elsewhere_count
    from with_all_feeds
    group by feed, breakdown, coalesce(category, 'not known')
)

select * from counted
