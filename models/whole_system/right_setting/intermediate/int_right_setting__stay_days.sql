with judgements as (
    select * from {{ ref('int_right_setting__judgements') }}
),

lsoas as (
    select * from {{ ref('int_place__lsoas') }}
),

placed as (
    select
        judgements.*,
        coalesce(lsoas.ward_code, 'outside') as ward_code,
        case
            when judgements.best_setting = 'own home' then judgements.bed_days
            else 0
        end as home_days
    from judgements
    left join lsoas on judgements.lsoa_code = lsoas.lsoa_code
)

select
    rule_set,
    stay_id,
    bed_kind,
    coalesce(bed_purpose, 'not a community bed') as bed_purpose,
    ward_code,
    age_band,
    sum(bed_days) as bed_days,
    sum(home_days) as home_days,
    coalesce(sum(home_days * care_hours_per_week), 0) as home_care_hours,
    sum(case when reason = 'not medically ready' then bed_days else 0 end)
        as not_ready_days,
    sum(case when reason = 'rehabilitation goals not met' then bed_days else 0 end)
        as rehabilitation_days,
    sum(case when reason = 'end of life care' then bed_days else 0 end)
        as end_of_life_days,
    sum(case when reason = 'care needed at night' then bed_days else 0 end)
        as night_care_days,
    sum(
        case
            when reason = 'more daytime care than home care can provide' then bed_days
            else 0
        end
    ) as more_day_care_days,
    sum(case when reason = 'no care needed at home' then bed_days else 0 end)
        as home_without_care_days,
    sum(case when reason = 'home care available' then bed_days else 0 end)
        as home_care_available_days,
    sum(case when reason = 'home care not available' then bed_days else 0 end)
        as home_care_missing_days,
    sum(case when reason = 'not assessed' then bed_days else 0 end)
        as not_assessed_days,
    sum(case when reason = 'readiness not recorded' then bed_days else 0 end)
        as readiness_not_recorded_days,
    -- Home is a question only once a person is ready to leave hospital, so these are
    -- the days that could have an answer and have one.
    sum(case when is_answered then bed_days else 0 end) as assessed_days
from placed
group by
    rule_set,
    stay_id,
    bed_kind,
    coalesce(bed_purpose, 'not a community bed'),
    ward_code,
    age_band
