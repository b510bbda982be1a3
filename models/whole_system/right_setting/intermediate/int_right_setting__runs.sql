with stays as (
    select * from {{ ref('int_right_setting__stays') }}
),

assessments as (
    select * from {{ ref('int_right_setting__assessments') }}
),

night_care_needs as (
    select * from {{ ref('night_care_needs') }}
),

-- The days on which the answer can change.
cuts as (
    select
        stay_id,
        from_date as cut_date
    from stays
    union
    select
        stay_id,
        ready_date as cut_date
    from stays
    union
    select
        stay_id,
        from_date as cut_date
    from assessments
    union
    select
        stay_id,
        rehabilitation_goals_met_date as cut_date
    from assessments
    union
    select
        stay_id,
        home_care_available_date as cut_date
    from assessments
),

runs as (
    select
        stays.stay_id,
        stays.bed_kind,
        stays.bed_purpose,
        stays.person_id,
        stays.lsoa_code,
        stays.age_band,
        stays.is_readiness_known,
        stays.ready_date,
        cuts.cut_date as from_date,
        coalesce(
            lead(cuts.cut_date) over (
                partition by stays.stay_id order by cuts.cut_date
            ),
            stays.until_date
        ) as until_date
    from stays
    inner join cuts
        on
            stays.stay_id = cuts.stay_id
            and stays.from_date <= cuts.cut_date
            and stays.until_date > cuts.cut_date
)

select
    runs.stay_id,
    runs.bed_kind,
    runs.bed_purpose,
    runs.person_id,
    runs.lsoa_code,
    runs.age_band,
    assessments.night_care_need,
    night_care_needs.night_need_level,
    assessments.care_hours_per_week,
    cast({{ dbt.datediff(
        'runs.from_date', 'runs.until_date', 'day'
    ) }} as integer) as bed_days,
    runs.is_readiness_known,
    runs.bed_kind <> 'hospital' or coalesce(runs.ready_date <= runs.from_date, false)
        as is_ready,
    assessments.has_carer,
    assessments.has_rehabilitation_goals
    and coalesce(
        assessments.rehabilitation_goals_met_date > runs.from_date, true
    ) as has_open_goals,
    coalesce(assessments.home_care_available_date <= runs.from_date, false)
        as is_home_care_available,
    runs.from_date,
    runs.until_date
from runs
left join assessments
    on
        runs.stay_id = assessments.stay_id
        and runs.from_date >= assessments.from_date
        and runs.from_date < assessments.until_date
left join night_care_needs
    on assessments.night_care_need = night_care_needs.night_care_need
