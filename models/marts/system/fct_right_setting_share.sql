{%- set reasons = {
    'not_ready_days': 'not medically ready',
    'rehabilitation_days': 'rehabilitation goals not met',
    'end_of_life_days': 'end of life care',
    'night_care_days': 'care needed at night',
    'more_day_care_days': 'more care by day than home care gives',
    'home_without_care_days': 'needs no care at home',
    'home_care_available_days': 'home care was to be had',
    'home_care_missing_days': 'home care was not to be had',
    'not_assessed_days': 'not assessed',
    'readiness_not_recorded_days': 'readiness not recorded',
} -%}

with judgements as (
    select * from {{ ref('int_right_setting__judgements') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

-- Days of one stay hang together, so the stay is what chance draws.
of_stays as (
    select
        judgements.rule_set,
        judgements.bed_kind,
        coalesce(judgements.bed_purpose, 'any') as bed_purpose,
        coalesce(lsoas.ward_code, 'outside') as ward_code,
        judgements.age_band,
        judgements.stay_id,
        {%- for column, reason in reasons.items() %}
        sum(
            case when judgements.reason = '{{ reason }}' then judgements.bed_days else 0 end
        ) as {{ column }},
        {%- endfor %}
        sum(
            case
                when judgements.best_setting = 'own home' then judgements.bed_days
                else 0
            end
        ) as home_days,
        sum(
            case
                when judgements.best_setting = 'own home'
                    then judgements.bed_days * judgements.care_hours_per_week
                else 0
            end
        ) as home_care_hours,
        -- Home is asked about only once somebody is ready, so only these days need an
        -- assessment.
        sum(
            case when judgements.is_answered then judgements.bed_days else 0 end
        ) as assessed_days,
        sum(judgements.bed_days) as bed_days
    from judgements
    left join lsoas on judgements.lsoa_code = lsoas.lsoa_code
    group by
        judgements.rule_set,
        judgements.bed_kind,
        coalesce(judgements.bed_purpose, 'any'),
        coalesce(lsoas.ward_code, 'outside'),
        judgements.age_band,
        judgements.stay_id
),

grouped as (
    select
        rule_set,
        bed_kind,
        coalesce(bed_purpose, 'all') as bed_purpose,
        coalesce(ward_code, 'all') as ward_code,
        coalesce(age_band, 'all') as age_band,
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
    from of_stays
    group by grouping sets (
        (rule_set, bed_kind),
        (rule_set, bed_kind, bed_purpose),
        (rule_set, bed_kind, ward_code),
        (rule_set, bed_kind, age_band),
        (rule_set, bed_kind, ward_code, age_band)
    )
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
