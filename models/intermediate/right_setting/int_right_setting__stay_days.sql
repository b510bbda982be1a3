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
)

select
    judgements.rule_set,
    judgements.stay_id,
    judgements.bed_kind,
    coalesce(judgements.bed_purpose, 'any') as bed_purpose,
    coalesce(lsoas.ward_code, 'outside') as ward_code,
    judgements.age_band,
    sum(judgements.bed_days) as bed_days,
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
    {%- for column, reason in reasons.items() %}
        sum(
            case
                when judgements.reason = '{{ reason }}' then judgements.bed_days
                else 0
            end
        ) as {{ column }},
    {%- endfor %}
    -- Home is asked about only once somebody is ready, so only these days need an
    -- assessment.
    sum(
        case when judgements.is_answered then judgements.bed_days else 0 end
    ) as assessed_days
from judgements
left join lsoas on judgements.lsoa_code = lsoas.lsoa_code
group by
    judgements.rule_set,
    judgements.stay_id,
    judgements.bed_kind,
    coalesce(judgements.bed_purpose, 'any'),
    coalesce(lsoas.ward_code, 'outside'),
    judgements.age_band
