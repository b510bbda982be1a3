with stay_days as (
    select * from {{ ref('int_right_setting__stay_days') }}
),

-- The groups that shares are given for; a group takes all values of a column or each.
levels as (
    select
        true as has_all_purposes,
        true as has_all_wards,
        true as has_all_ages
    union all
    select
        false as has_all_purposes,
        true as has_all_wards,
        true as has_all_ages
    union all
    select
        true as has_all_purposes,
        false as has_all_wards,
        true as has_all_ages
    union all
    select
        true as has_all_purposes,
        true as has_all_wards,
        false as has_all_ages
    union all
    select
        true as has_all_purposes,
        false as has_all_wards,
        false as has_all_ages
),

placed as (
    select
        stay_days.*,
        case when levels.has_all_purposes then 'all' else stay_days.bed_purpose end
            as group_purpose,
        case when levels.has_all_wards then 'all' else stay_days.ward_code end
            as group_ward,
        case when levels.has_all_ages then 'all' else stay_days.age_band end
            as group_age
    from stay_days
    cross join levels
),

-- The days of one stay are not independent, so the sums of squares are over stays.
grouped as (
    select
        rule_set,
        bed_kind,
        group_purpose as bed_purpose,
        group_ward as ward_code,
        group_age as age_band,
        count(*) as stay_count,
        sum(bed_days) as bed_days,
        sum(home_days) as home_days,
        sum(not_ready_days) as not_ready_days,
        sum(rehabilitation_days) as rehabilitation_days,
        sum(end_of_life_days) as end_of_life_days,
        sum(night_care_days) as night_care_days,
        sum(more_day_care_days) as more_day_care_days,
        sum(home_without_care_days) as home_without_care_days,
        sum(home_care_available_days) as home_care_available_days,
        sum(home_care_missing_days) as home_care_missing_days,
        sum(not_assessed_days) as not_assessed_days,
        sum(readiness_not_recorded_days) as readiness_not_recorded_days,
        sum(assessed_days) as assessed_days,
        sum(home_care_hours) as home_care_hours,
        sum(home_days * home_days) as home_squares,
        sum(home_days * assessed_days) as products,
        sum(assessed_days * assessed_days) as assessed_squares,
        count(case when assessed_days > 0 then 1 end) as assessed_stay_count
    from placed
    group by rule_set, bed_kind, group_purpose, group_ward, group_age
),

-- People who were not assessed are assumed to be like those in the same beds who were:
-- the share of home among assessed days is applied to all days of people who were
-- ready.
estimated as (
    select
        *,
        cast(home_days as double) / nullif(assessed_days, 0) as home_ratio,
        cast(bed_days - readiness_not_recorded_days - not_ready_days as double)
        / nullif(bed_days - readiness_not_recorded_days, 0) as ready_ratio
    from grouped
),

-- Standard error of a ratio of sums over stays (Cochran 1977, ch. 6).
erred as (
    select
        *,
        case
            when assessed_stay_count > 1
                then
                    sqrt(greatest(
                        home_squares
                        - 2 * home_ratio * products
                        + home_ratio * home_ratio * assessed_squares,
                        0
                    ) * assessed_stay_count / (assessed_stay_count - 1))
                    / assessed_days
        end as home_ratio_error
    from estimated
)

select
    rule_set,
    bed_kind,
    bed_purpose,
    ward_code,
    age_band,
    {%- for column in [
        'stay_count', 'bed_days', 'home_days', 'not_ready_days', 'rehabilitation_days',
        'end_of_life_days', 'night_care_days', 'more_day_care_days',
        'home_without_care_days', 'home_care_available_days',
        'home_care_missing_days', 'not_assessed_days', 'readiness_not_recorded_days',
    ] %}
        cast({{ column }} as integer) as {{ column }},
    {%- endfor %}
    ready_ratio * home_ratio as home_share,
    ready_ratio * home_ratio_error as home_share_error,
    -- 95 % limits; null without a standard error.
    case
        when home_ratio_error is not null
            then ready_ratio * greatest(home_ratio - 1.96e0 * home_ratio_error, 0)
    end as home_share_lower,
    case
        when home_ratio_error is not null
            then ready_ratio * least(home_ratio + 1.96e0 * home_ratio_error, 1)
    end as home_share_upper,
    cast(home_days as double) / nullif(bed_days, 0) as home_share_if_unknown_none,
    cast(home_days + not_assessed_days as double)
    / nullif(bed_days - readiness_not_recorded_days, 0) as home_share_if_unknown_all,
    cast(home_care_hours as double) / nullif(home_days, 0) as home_care_hours_per_week
from erred
where bed_purpose <> 'not a community bed'
