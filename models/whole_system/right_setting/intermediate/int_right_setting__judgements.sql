with runs as (
    select * from {{ ref('int_right_setting__runs') }}
),

rules as (
    select * from {{ ref('right_setting_rules') }}
),

bed_purposes as (
    select * from {{ ref('community_bed_purposes') }}
),

-- The evidence under each set of rules. If no carer is known, there is none.
measured as (
    select
        rules.rule_set,
        rules.is_home_care_needed_first,
        rules.is_rehabilitation_at_home,
        coalesce(bed_purposes.is_end_of_life, false) as is_end_of_life,
        runs.night_need_level <= case
            when runs.has_carer then rules.night_need_with_carer
            else rules.night_need_without_carer
        end as is_night_met_at_home,
        runs.care_hours_per_week <= rules.most_care_hours_per_week
            as is_day_met_at_home,
        runs.*
    from runs
    cross join rules
    left join bed_purposes on runs.bed_purpose = bed_purposes.bed_purpose
),

-- The first reason that applies is the answer.
reasoned as (
    select
        *,
        case
            when not is_readiness_known then 'readiness not recorded'
            when not is_ready then 'not medically ready'
            when is_end_of_life then 'end of life care'
            when
                night_need_level is null
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
            when not is_day_met_at_home
                then 'more daytime care than home care can provide'
            when care_hours_per_week = 0 then 'no care needed at home'
            when is_home_care_available then 'home care available'
            else 'home care not available'
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
            reason in (
                'care needed at night', 'more daytime care than home care can provide'
            )
            then 'care home'
        -- Under this rule, home is not the right setting without home care.
        when reason = 'home care not available' and is_home_care_needed_first
            then bed_kind
        else 'own home'
    end as best_setting,
    reason,
    night_care_need,
    care_hours_per_week,
    bed_days,
    reason not in ('readiness not recorded', 'not medically ready', 'not assessed')
        as is_answered,
    has_carer,
    from_date,
    until_date
from reasoned
