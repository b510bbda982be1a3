{%- set reasons = [
    'not_ready_days', 'rehabilitation_days', 'end_of_life_days', 'night_care_days',
    'more_day_care_days', 'home_without_care_days', 'home_care_available_days',
    'home_care_missing_days', 'not_assessed_days', 'readiness_not_recorded_days',
] -%}
{%- set groupings = [
    [], ['bed_purpose'], ['ward_code'], ['age_band'], ['ward_code', 'age_band'],
] -%}

with stay_days as (
    select * from {{ ref('int_right_setting__stay_days') }}
),

-- Days of one stay hang together, so the stay is what chance draws.
grouped as (
    {%- for grouping in groupings %}
        select
            rule_set,
            bed_kind,
        {%- for column in ['bed_purpose', 'ward_code', 'age_band'] %}
                {{ column if column in grouping else "'all'" }} as {{ column }},
            {%- endfor %}
            count(*) as stay_count,
        {%- for column in reasons %}
                sum({{ column }}) as {{ column }},
            {%- endfor %}
            sum(bed_days) as bed_days,
            sum(home_days) as home_days,
            sum(assessed_days) as assessed_days,
            sum(home_care_hours) as home_care_hours,
            sum(home_days * home_days) as home_squares,
            sum(home_days * assessed_days) as products,
            sum(assessed_days * assessed_days) as assessed_squares,
            count(case when assessed_days > 0 then 1 end) as assessed_stay_count
        from stay_days
        group by {{ (['rule_set', 'bed_kind'] + grouping) | join(', ') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- Those not assessed are taken to be like those of the same bed who were: the share of
-- home among assessed days goes for all days of people who were ready.
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
    cast(stay_count as integer) as stay_count,
    cast(bed_days as integer) as bed_days,
    cast(home_days as integer) as home_days,
    {%- for column in reasons %}
        cast({{ column }} as integer) as {{ column }},
    {%- endfor %}
    ready_ratio * home_ratio as home_share,
    case
        when home_ratio_error is not null
            then ready_ratio * greatest(home_ratio - 1.96 * home_ratio_error, 0)
    end as home_share_lower,
    case
        when home_ratio_error is not null
            then ready_ratio * least(home_ratio + 1.96 * home_ratio_error, 1)
    end as home_share_upper,
    cast(home_days as double) / nullif(bed_days, 0) as home_share_if_unknown_none,
    cast(home_days + not_assessed_days as double)
    / nullif(bed_days - readiness_not_recorded_days, 0) as home_share_if_unknown_all,
    cast(home_care_hours as double) / nullif(home_days, 0) as home_care_hours_per_week
from erred
where bed_purpose <> 'any'
