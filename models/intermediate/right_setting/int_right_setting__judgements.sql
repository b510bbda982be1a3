with runs as (
    select * from {{ ref('int_right_setting__runs') }}
),

rules as (
    select * from {{ ref('right_setting_rules') }}
),

-- What each rule set makes of the evidence. A carer not known of is none.
measured as (
    select
        rules.rule_set,
        rules.is_home_care_needed_first,
        rules.is_rehabilitation_at_home,
        runs.night_need <= case
            when runs.has_carer then rules.night_need_with_carer
            else rules.night_need_without_carer
        end as is_night_met_at_home,
        runs.care_hours_per_week <= rules.most_care_hours_per_week
            as is_day_met_at_home,
        runs.*
    from runs
    cross join rules
),

-- The first answer that fits is the answer.
reasoned as (
    select
        *,
        case
            when not is_readiness_known then 'readiness not recorded'
            when not is_ready then 'not medically ready'
            when bed_purpose = 'end of life' then 'end of life care'
            when
                night_need is null
                or care_hours_per_week is null
                or has_open_goals is null
                then 'not assessed'
            when
                has_open_goals
                and not (
                    is_rehabilitation_at_home
                    and is_night_met_at_home
                    and is_day_met_at_home
                )
                then 'rehabilitation goals not met'
            when not is_night_met_at_home then 'care needed at night'
            when not is_day_met_at_home then 'more care by day than home care gives'
            when care_hours_per_week = 0 then 'needs no care at home'
            when is_home_care_available then 'home care was to be had'
            else 'home care was not to be had'
        end as reason
    from measured
)

select
    rule_set,
    stay_id,
    bed_kind,
    bed_purpose,
    person_id,
    lsoa_code,
    age_band,
    case
        when reason in ('readiness not recorded', 'not assessed') then null
        when reason = 'not medically ready' then 'hospital'
        when reason in ('end of life care', 'rehabilitation goals not met')
            then 'community bed'
        when
            reason in ('care needed at night', 'more care by day than home care gives')
            then 'care home'
        -- Care that is not there cannot be the right place, if the rules say so.
        when reason = 'home care was not to be had' and is_home_care_needed_first
            then bed_kind
        else 'own home'
    end as best_setting,
    reason,
    night_need,
    care_hours_per_week,
    bed_days,
    reason not in ('readiness not recorded', 'not medically ready', 'not assessed')
        as is_answered,
    has_carer,
    from_date,
    until_date
from reasoned
