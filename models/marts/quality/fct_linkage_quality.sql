{%- set breakdowns = {
    'all': "'all'",
    'month': 'substr(cast(first_period_start_date as ' ~ dbt.type_string() ~ '), 1, 7)',
    'ward': 'ward_name',
    'deprivation_fifth': 'cast(deprivation_fifth as ' ~ dbt.type_string() ~ ')',
    'age_band': 'age_band',
    'ethnic_group': 'ethnic_group',
} -%}
{%- set methods = [
    'verified_nhs_number', 'verified_local_number', 'probability',
    'same_local_number', 'matching_records', 'own_person',
] -%}

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
        outcomes.*,
        lsoas.ward_name,
        deprivation.deprivation_fifth,
        ethnic_categories.ethnic_group,
        {{ age_band('outcomes.age') }} as age_band
    from outcomes
    left join lsoa_successors on outcomes.lsoa_code = lsoa_successors.lsoa_2011_code
    left join lsoas
        on coalesce(lsoa_successors.lsoa_code, outcomes.lsoa_code) = lsoas.lsoa_code
    left join deprivation on lsoas.lsoa_code = deprivation.lsoa_code
    left join ethnic_categories
        on outcomes.ethnic_category_code = ethnic_categories.code
),

counted as (
    {%- for breakdown, category in breakdowns.items() %}
        select
            feed,
            '{{ breakdown }}' as breakdown,
            coalesce({{ category }}, 'not known') as category,
            count(*) as record_count,
        {%- for method in methods %}
                count(*) filter (where method = '{{ method }}') as {{ method }}_count,
            {%- endfor %}
            count(blind_outcome) as blind_count,
            count(*) filter (where blind_outcome in ('right', 'wrong'))
                as blind_linked_count,
            count(*) filter (where blind_outcome = 'right') as blind_right_count
        from grouped_records
        group by feed, coalesce({{ category }}, 'not known')
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

with_all_feeds as (
    select * from counted
    union all
    select
        'all' as feed,
        breakdown,
        category,
        {%- for count in ['record'] + methods + ['blind', 'blind_linked'] %}
            cast(sum({{ count }}_count) as bigint) as {{ count }}_count,
        {%- endfor %}
        cast(sum(blind_right_count) as bigint) as blind_right_count
    from counted
    group by breakdown, category
),

linked as (
    select
        *,
        verified_nhs_number_count + verified_local_number_count + probability_count
            as linked_count
    from with_all_feeds
)

select
    md5(feed || '|' || breakdown || '|' || category) as linkage_quality_id,
    feed,
    breakdown,
    category,
    record_count,
    verified_nhs_number_count,
    verified_local_number_count,
    probability_count,
    same_local_number_count,
    matching_records_count,
    own_person_count,
    blind_count,
    linked_count / cast(record_count as double) as linked_share,
    {{ wilson_bound('linked_count', 'record_count', 'lower') }} as linked_share_lower,
    {{ wilson_bound('linked_count', 'record_count', 'upper') }} as linked_share_upper,
    blind_right_count / cast(nullif(blind_linked_count, 0) as double)
        as estimated_precision,
    {{ wilson_bound('blind_right_count', 'blind_linked_count', 'lower') }}
        as estimated_precision_lower,
    {{ wilson_bound('blind_right_count', 'blind_linked_count', 'upper') }}
        as estimated_precision_upper,
    blind_right_count / cast(nullif(blind_count, 0) as double) as estimated_recall,
    {{ wilson_bound('blind_right_count', 'blind_count', 'lower') }}
        as estimated_recall_lower,
    {{ wilson_bound('blind_right_count', 'blind_count', 'upper') }}
        as estimated_recall_upper
from linked
