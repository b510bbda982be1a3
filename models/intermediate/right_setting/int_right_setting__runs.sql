with stays as (
    select * from {{ ref('int_right_setting__stays') }}
),

assessments as (
    select * from {{ ref('int_right_setting__assessments') }}
),

-- The days on which an answer may change.
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
    {%- for column in [
        'from_date', 'rehabilitation_goals_met_date', 'home_care_available_date'
    ] %}
        union
        select
            stay_id,
            {{ column }} as cut_date
        from assessments
    {%- endfor %}
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
    case assessments.night_care_need
        when 'none' then 0
        when 'sleeping' then 1
        when 'waking' then 2
    end as night_need,
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
