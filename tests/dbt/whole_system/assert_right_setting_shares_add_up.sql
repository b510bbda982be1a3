with shares as (
    select * from {{ ref('fct_right_setting_share') }}
),

runs as (
    select * from {{ ref('fct_right_setting') }}
),

whole as (
    select
        bed_kind,
        sum(bed_days) as bed_days,
        sum(case when is_home_possible then bed_days else 0 end) as home_days
    from runs
    group by bed_kind
),

of_areas as (
    select
        bed_kind,
        sum(bed_days) as bed_days,
        sum(home_days) as home_days,
        sum(
            not_ready_days + rehabilitation_days + end_of_life_days + night_care_days
            + more_day_care_days + home_without_care_days + home_care_available_days
            + home_care_missing_days + not_assessed_days + readiness_not_recorded_days
        ) as days_with_reason
    from shares
    where
        rule_set = '{{ var("right_setting_rule_set") }}'
        and ward_code <> 'all'
        and age_band <> 'all'
    group by bed_kind
)

select
    whole.*,
    of_areas.bed_days as bed_days_of_areas
from whole
full outer join of_areas on whole.bed_kind = of_areas.bed_kind
where
    whole.bed_days is distinct from of_areas.bed_days
    or whole.home_days is distinct from of_areas.home_days
    or whole.bed_days is distinct from of_areas.days_with_reason
